/** Sources of bytes that behave as badly as real ones do. */
import {sleep} from '../../src/platform/clock.ts';

/** Ends before all of it was delivered, without an error. */
export async function* shortRead(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await sleep(0);
  yield bytes.subarray(0, bytes.length - 1);
}

/** As many bytes as promised, one of them wrong. */
export async function* wrongBytes(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await sleep(0);
  yield bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte));
}

/** Breaks off with an error. */
export async function* diesMidway(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await sleep(0);
  yield bytes.subarray(0, bytes.length / 2);
  throw new Error('the source died');
}

/** One byte at a time, with a pause before each. */
export async function* slow(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const byte of bytes) {
    await sleep(5);
    yield Uint8Array.of(byte);
  }
}

/** Delivers in pieces of `sizeBytes`, always in the same buffer. */
export async function* reusesBuffer(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(sizeBytes);
  for (let start = 0; start < bytes.length; start += sizeBytes) {
    const piece = bytes.subarray(start, start + sizeBytes);
    buffer.set(piece);
    await sleep(0);
    yield buffer.subarray(0, piece.length);
    buffer.fill(0);
  }
}
