/**
 * Text that other people wrote, made safe and measured for a terminal. Prompts, names and logs are data: escape sequences,
 * control characters and marks that reorder text are taken out before anything is printed. Widths are columns of a
 * terminal, counted by grapheme (UAX 29) and East Asian Width (UAX 11), as Ink counts them.
 */

/** OSC, DCS, SOS, PM and APC with their payload; CSI; other escapes; each also in its one-byte C1 form. */
const ESCAPES =
  /(?:\u001B[\]PX^_]|[\u009D\u0090\u0098\u009E\u009F])[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)|(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|\u001B[ -/]*[0-~]/g;

/** What is left of controls, and the marks that make a terminal show text in another order than it is. */
const CONTROLS = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

const LINE_BREAKS = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;

const PRINTABLE_ASCII = /^[\x20-\x7E]*$/;

/** One line that cannot do anything but be read: breaks and tabs become one blank. */
export function cleanLine(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  return text
    .replace(ESCAPES, '')
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+ */g, ' ')
    .replace(CONTROLS, '')
    .replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** The lines of a text, each clean. */
export function cleanLines(text: string): string[] {
  return text.replace(ESCAPES, '').split(LINE_BREAKS).map(cleanLine);
}

/** A line of a log as a terminal would have left it: a progress bar rewrites its line, and only the last state counts. */
export function cleanLogLine(line: string): string {
  const states = line.replace(ESCAPES, '').split('\r');
  return cleanLine((states.findLast((state) => state !== '') ?? '').replaceAll('\t', '    '));
}

/** East Asian Width W and F outside of the emoji; generous at code points that have no character yet. */
// prettier-ignore
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], [0x2329, 0x232a], [0x2630, 0x2637], [0x268a, 0x268f], [0x2e80, 0x303e],
  [0x3041, 0x3247], [0x3250, 0xa4c6], [0xa960, 0xa97c], [0xac00, 0xd7a3], [0xf900, 0xfaff],
  [0xfe10, 0xfe19], [0xfe30, 0xfe6b], [0xff01, 0xff60], [0xffe0, 0xffe6], [0x16fe0, 0x18df2],
  [0x18e00, 0x191d2], [0x1aff0, 0x1b2fb], [0x1d300, 0x1d376], [0x1f200, 0x1f265], [0x20000, 0x2fffd],
  [0x30000, 0x3fffd],
];

const INVISIBLE =
  /[\p{Default_Ignorable_Code_Point}\p{Control}\p{Format}\p{Nonspacing_Mark}\p{Enclosing_Mark}]/u;
/** Vowels and finals of Hangul syllables that are written in pieces: they join the leading one. */
const JOINING_JAMO = /[\u1160-\u11FF\uD7B0-\uD7FB]/;
/** Emoji that terminals draw in two columns: whole sequences, keycaps without their selector. */
const makeEmojiPattern = (): RegExp =>
  new RegExp(
    '^(?:\\p{RGI_Emoji}|[\\d#*]\\u20E3|(?=.*\\u200D)\\p{Extended_Pictographic}.{0,40}\\p{Extended_Pictographic}.*)$',
    'v',
  );
let emojiPattern: RegExp | undefined;

/** Halves of flags are in it by property only. */
const EMOJI_ALONE = /(?!\p{Regional_Indicator})\p{Emoji_Presentation}/u;

let segmenter: Intl.Segmenter | undefined;

/** Made on first use, as is the pattern of emoji: their tables take longer to load than a short command takes. */
function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text);
}

/** Columns that the text takes; expects clean text. */
export function displayWidth(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let width = 0;
  for (const {segment} of graphemesOf(text)) width += graphemeWidth(segment);
  return width;
}

/** No character of any script takes more, whatever marks it carries; a line can always be broken behind it. */
const WIDEST = 2;

function graphemeWidth(grapheme: string): number {
  if (isEmoji(grapheme)) return 2;
  let width = 0;
  for (const character of grapheme) {
    if (INVISIBLE.test(character) || (width > 0 && JOINING_JAMO.test(character))) continue;
    const code = character.codePointAt(0) ?? 0;
    const isWide = code >= 0x1100 && WIDE.some(([from, to]) => code >= from && code <= to);
    width += isWide || EMOJI_ALONE.test(character) ? 2 : 1;
  }
  return Math.min(width, WIDEST);
}

/** One code unit that is no emoji needs no look at the sequences; alone, a digit is none, whatever Unicode calls it. */
const SINGLE_OTHER = /^[\P{Emoji}\d#*]$/u;

function isEmoji(grapheme: string): boolean {
  if (grapheme.length === 1 && SINGLE_OTHER.test(grapheme)) return false;
  emojiPattern ??= makeEmojiPattern();
  return emojiPattern.test(grapheme);
}

/** The text in at most `width` columns; what was cut is marked by `ellipsis` where there is room for it. */
export function cutToWidth(text: string, width: number, ellipsis = '…'): string {
  if (displayWidth(text) <= width) return text;
  const mark = displayWidth(ellipsis) <= width ? ellipsis : '';
  return takeColumns(text, width - displayWidth(mark)).trimEnd() + mark;
}

/** As many whole graphemes from the front as fit. */
function takeColumns(text: string, width: number): string {
  if (PRINTABLE_ASCII.test(text)) return text.slice(0, Math.max(0, width));
  let taken = '';
  let used = 0;
  for (const {segment} of graphemesOf(text)) {
    used += graphemeWidth(segment);
    if (used > width) break;
    taken += segment;
  }
  return taken;
}

/** Lines of at most `width` columns, broken between words where possible. A text of several lines keeps its breaks. */
export function wrapToWidth(text: string, width: number): string[] {
  const limit = Math.max(2, width);
  return cleanLines(text).flatMap((line) => wrapLine(line, limit));
}

function wrapLine(line: string, width: number): string[] {
  if (displayWidth(line) <= width) return [line.trimEnd()];
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/ +/)) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (displayWidth(joined) <= width) {
      current = joined;
      continue;
    }
    if (current !== '') lines.push(current);
    const pieces = breakWord(word, width);
    current = pieces.pop() ?? '';
    lines.push(...pieces);
  }
  return [...lines, current];
}

function breakWord(word: string, width: number): string[] {
  const pieces: string[] = [];
  let rest = word;
  while (displayWidth(rest) > width) {
    const piece = takeColumns(rest, width);
    if (piece === '') break;
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...pieces, rest];
}

/** Blanks on the right up to `width` columns. */
export function padRight(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}
