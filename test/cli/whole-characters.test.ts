import assert from 'node:assert/strict';
import fc from 'fast-check';
import {wholeCharacters} from '../../src/cli/whole-characters.ts';

/** Cuts bytes at the given places and lends every piece in the same buffer. */
async function* lend(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  const buffer = Buffer.alloc(bytes.length);
  for (const [index, place] of places.entries()) {
    const piece = bytes.subarray(place, places[index + 1] ?? place);
    buffer.fill(0);
    buffer.set(piece);
    yield Promise.resolve(buffer.subarray(0, piece.length));
  }
}

async function collect(bytes: Uint8Array, cuts: readonly number[]): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of wholeCharacters(lend(bytes, cuts))) pieces.push(Buffer.from(piece));
  return pieces;
}

describe('wholeCharacters', () => {
  it('cuts no character of a text in two', () =>
    fc.assert(
      fc.asyncProperty(fc.string({unit: 'binary'}), fc.array(fc.nat()), async (text, cuts) => {
        const bytes = Buffer.from(text);
        const pieces = await collect(bytes, cuts);
        assert.equal(pieces.map((piece) => piece.toString('utf8')).join(''), bytes.toString('utf8'));
      }),
    ));

  it('passes every byte on, whatever it is', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.array(fc.nat()), async (bytes, cuts) => {
        assert.deepEqual(Buffer.concat(await collect(bytes, cuts)), Buffer.from(bytes));
      }),
    ));
});
