/** What may be the text of a prompt, whoever wrote it. */

/** The Python predecessor's limit, so that what it holds fits. */
const MOST_CHARACTERS = 10_000;
const CONTROL = /[\p{Cc}\p{Cs}]/u;

/** Without NUL and surrounding space, lines ended by LF. */
export function tidyText(text: string): string {
  return text.replaceAll('\0', '').replaceAll('\r\n', '\n').trim();
}

/** Why a tidy text cannot be a prompt, as the end of a sentence. */
export function findTextFault(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text.length > MOST_CHARACTERS) return `has ${text.length} characters; it may have ${MOST_CHARACTERS}`;
  return hasControl(text.replaceAll(/[\n\t]/g, '')) ? 'has control characters in it' : undefined;
}

export function hasControl(text: string): boolean {
  return CONTROL.test(text);
}
