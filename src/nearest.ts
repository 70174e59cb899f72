/** The word that was probably meant: edit distance without case, and a key that stands in the wrong table. */

/**
 * The candidate nearest to `word`, or undefined when none is near: more than two letters, and more than a third of the
 * last dotted part, or all of it, would have to change. A candidate with the same last part counts as near.
 */
export function findNearest(word: string, candidates: readonly string[]): string | undefined {
  const letters = lastPart(word).length;
  const limit = Math.min(Math.max(2, Math.floor(letters / 3)), letters - 1);
  let best: {candidate: string; distance: number} | undefined;
  for (const candidate of candidates) {
    if (candidate === word) continue;
    const distance = Math.min(
      editDistance(word.toLowerCase(), candidate.toLowerCase()),
      lastPart(word) === lastPart(candidate) ? limit : Infinity,
    );
    if (distance <= limit && (!best || distance < best.distance)) best = {candidate, distance};
  }
  return best?.candidate;
}

/** ` (did you mean "x"?)`, or nothing. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const nearest = findNearest(word, candidates);
  return nearest === undefined ? '' : ` (did you mean ${JSON.stringify(nearest)}?)`;
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1).toLowerCase();
}

/** Levenshtein distance: insertions, deletions and replacements, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
