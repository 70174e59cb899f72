/** The result: each figure with what it must be, and whether it is. A miss is printed as a miss. */

export interface Figure {
  what: string;
  /** As measured, with its unit. */
  measured: string;
  value: number;
  /** Absent: it is told for comparison. */
  bound?: {atLeast: number} | {atMost: number} | undefined;
}

export function renderFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({what, measured, value, bound}) => [
    what,
    measured,
    wordsOf(bound),
    bound === undefined ? '' : isMet(value, bound) ? 'met' : 'MISSED',
  ]);
  const table = [['figure', 'measured', 'must be', ''], ['---', '---', '---', '---'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map(
    (row) =>
      `| ${row.map((cell, column) => (cell === '---' ? '-'.repeat(widths[column] ?? 3) : cell.padEnd(widths[column] ?? 0))).join(' | ')} |`,
  );
  return lines.join('\n');
}

export function isMet(value: number, bound: Figure['bound']): boolean {
  if (!bound) return true;
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
}

function wordsOf(bound: Figure['bound']): string {
  if (!bound) return '';
  return 'atLeast' in bound ? `at least ${bound.atLeast}` : `at most ${bound.atMost}`;
}

/** Told to two digits: more would be noise. */
export function ratio(what: string, left: number, right: number, bound?: Figure['bound']): Figure {
  const value = left / right;
  return {what, measured: value.toFixed(2), value, bound};
}

export function absolute(what: string, value: number, unit: string, most?: number): Figure {
  const bound = most === undefined ? undefined : {atMost: most};
  return {what, measured: `${value.toFixed(unit === 's' ? 2 : 0)} ${unit}`, value, bound};
}
