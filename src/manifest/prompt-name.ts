/** A short name for a prompt, made from its words alone: the same text gives the same name, in any script. */

/** Words that say nothing of a picture. */
const STOP = new Set(
  'a an and are as at be but by for from has have in into is it its of on or over same scene shot that the their this to under up video was were while with'.split(
    ' ',
  ),
);
const MOST_WORDS = 4;
const MOST_LETTERS = 40;

/** Lower case words with dashes between them; `prompt` for a text that has no word at all. */
export function promptNameFrom(text: string): string {
  const words = text
    .toLowerCase()
    .normalize('NFC')
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((word) => word !== '');
  const telling = words.filter((word) => !STOP.has(word));
  let name = '';
  for (const word of (telling.length > 0 ? telling : words).slice(0, MOST_WORDS)) {
    const longer = name === '' ? word : `${name}-${word}`;
    if (longer.length > MOST_LETTERS) break;
    name = longer;
  }
  // A text without spaces is one long word.
  return name === ''
    ? Array.from(telling[0] ?? 'prompt')
        .slice(0, MOST_LETTERS)
        .join('')
    : name;
}
