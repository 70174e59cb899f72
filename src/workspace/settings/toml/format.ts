/** Values and keys as TOML, on one line. */
import type {Path} from './scan.ts';
import type {Plain} from './data.ts';

/** A dotted key; names that are not bare are quoted. */
export function formatKey(path: Path): string {
  return path.map((name) => (/^[A-Za-z0-9_-]+$/.test(name) ? name : formatString(name))).join('.');
}

/** A value on one line; tables inline. */
export function formatValue(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(formatValue).join(', ')}]`;
  if (typeof value === 'string') return formatString(value);
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (value === null) throw new Error('formatValue: dates are not written');
  const pairs = Object.entries(value).map(
    ([name, member]) => `${formatKey([name])} = ${formatValue(member)}`,
  );
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** JSON escapes are TOML escapes; TOML asks for one more, delete. */
function formatString(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return String(value);
}
