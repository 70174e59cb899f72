/** A map of digests, held to a Map of the language by random work, and its memory. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {hashBytes, type Digest} from '../../src/cas/digest.ts';
import {DigestMap} from '../../src/cas/digest-map.ts';

/** Few enough to meet again, and with the same beginning often, so that they get into each other's way. */
const DIGESTS = Array.from({length: 64}, (_, index) => {
  const hex = hashBytes(Buffer.from([index])).slice('sha256:'.length);
  return `sha256:${index % 2 === 0 ? '00000000' : hex.slice(0, 8)}${hex.slice(8)}` as Digest;
});

describe('DigestMap', () => {
  it('does what a Map does', () => {
    const act = fc.record({
      what: fc.constantFrom('set' as const, 'set' as const, 'delete' as const),
      digest: fc.constantFrom(...DIGESTS),
      value: fc.integer({min: -1, max: 2 ** 53 - 1}),
    });
    fc.assert(
      fc.property(fc.array(act, {maxLength: 300}), (acts) => {
        const map = new DigestMap();
        const model = new Map<Digest, number>();
        for (const {what, digest, value} of acts) {
          if (what === 'set') map.set(digest, value);
          else map.delete(digest);
          if (what === 'set') model.set(digest, value);
          else model.delete(digest);
        }
        for (const digest of DIGESTS) {
          assert.equal(map.get(digest), model.get(digest));
          assert.equal(map.has(digest), model.has(digest));
        }
        assert.equal(map.size, model.size);
        assert.deepEqual(new Map(map), model);
      }),
    );
  });

  it('keeps 100,000 in the order in which they came, outside of the heap', () => {
    const digests = Array.from({length: 100_000}, (_, index) => hashBytes(Buffer.from(String(index))));
    const before = process.memoryUsage().arrayBuffers;
    const map = new DigestMap();
    for (const [index, digest] of digests.entries()) map.set(digest, index);
    const bytes = process.memoryUsage().arrayBuffers - before;
    // Twice what it needs in the end, as what it outgrew need not be collected yet.
    assert.ok(bytes < 14e6, `${bytes} bytes`);
    let next = 0;
    for (const [digest, value] of map) assert.equal(digests[value], digest, String((next += 1)));
    assert.equal(map.size, 100_000);
    assert.ok(digests.every((digest, index) => map.get(digest) === index));
  });
});
