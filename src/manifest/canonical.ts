/** Canonical JSON (RFC 8785): one value has one text, so that bytes and digests of documents can be compared. */
import canonicalize from 'canonicalize';

export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('only JSON values have a canonical form');
  return text;
}

/** Items of a list whose text is made at once. */
const ITEMS_AT_ONCE = 1000;
const CHUNK_CHARACTERS = 64 * 1024;

/** As stored: canonical text, one line feed at the end. */
export function canonicalBytes(value: object): Uint8Array {
  return Buffer.from(Array.from(canonicalPieces(value)).join(''));
}

/** The same bytes one after the other, for staging: those of 100,000 outputs are never held. */
export function* canonicalChunks(value: object): Generator<Uint8Array, void, void> {
  let chunk = '';
  for (const piece of canonicalPieces(value)) {
    chunk += piece;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(chunk);
    chunk = '';
  }
  if (chunk !== '') yield Buffer.from(chunk);
}

function* canonicalPieces(value: object): Generator<string, void, void> {
  yield* Array.isArray(value) ? canonicalItems(value) : canonicalMembers(value);
  yield '\n';
}

function* canonicalMembers(document: object): Generator<string, void, void> {
  const members = Object.entries(document)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [index, [key, member]] of members.entries()) {
    yield `${index === 0 ? '{' : ','}${canonicalText(key)}:`;
    if (Array.isArray(member)) yield* canonicalItems(member);
    else yield canonicalText(member);
  }
  yield members.length === 0 ? '{}' : '}';
}

function* canonicalItems(items: readonly unknown[]): Generator<string, void, void> {
  yield '[';
  for (let start = 0; start < items.length; start += ITEMS_AT_ONCE)
    yield `${start === 0 ? '' : ','}${canonicalText(items.slice(start, start + ITEMS_AT_ONCE)).slice(1, -1)}`;
  yield ']';
}

/** For people: as JSON.stringify indents by two, one line feed at the end; in pieces, for the same reason. */
export function* indentedPieces(document: object): Generator<string, void, void> {
  const members = Object.entries(document).filter(([, member]) => member !== undefined);
  for (const [index, [key, member]] of members.entries()) {
    yield `${index === 0 ? '{' : ','}\n  ${JSON.stringify(key)}: `;
    if (Array.isArray(member) && member.length > 0) yield* indentedItems(member);
    else yield indent(member, '  ');
  }
  yield members.length === 0 ? '{}\n' : '\n}\n';
}

function* indentedItems(items: readonly unknown[]): Generator<string, void, void> {
  for (let start = 0; start < items.length; start += ITEMS_AT_ONCE) {
    const lines = items.slice(start, start + ITEMS_AT_ONCE).map((item) => `\n    ${indent(item, '    ')}`);
    yield `${start === 0 ? '[' : ','}${lines.join(',')}`;
  }
  yield '\n  ]';
}

function indent(value: unknown, margin: string): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${margin}`);
}
