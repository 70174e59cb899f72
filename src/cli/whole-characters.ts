/**
 * The same bytes, cut between the characters of UTF-8: a notice that is printed in between never falls into one. What is
 * no UTF-8 passes as it is.
 */
export async function* wholeCharacters(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  let held: Uint8Array = new Uint8Array();
  for await (const chunk of source) {
    const bytes = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    const end = bytes.length - unfinishedBytes(bytes);
    // The source may use its chunk again.
    held = Uint8Array.from(bytes.subarray(end));
    if (end > 0) yield bytes.subarray(0, end);
  }
  if (held.length > 0) yield held;
}

/** How many bytes at the end begin a character whose other bytes are to come. */
function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes.at(-back);
    if (byte === undefined) return 0;
    const isContinuation = (byte & 0b1100_0000) === 0b1000_0000;
    if (!isContinuation) return lengthFrom(byte) > back ? back : 0;
  }
  return 0;
}

/** Of a character, by its first byte (RFC 3629). */
function lengthFrom(byte: number): number {
  if (byte < 0xc2 || byte > 0xf4) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}
