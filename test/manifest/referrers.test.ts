import assert from 'node:assert/strict';
import fc from 'fast-check';
import {Catalog} from '../../src/cas/catalog/catalog.ts';
import {digestOf, type Digest} from '../../src/cas/digest.ts';
import {Referrers, type Referrer} from '../../src/manifest/index/referrers.ts';
import {temporaryFolder} from '../support/temporary.ts';

/** Neighbours of each other, and both ends. */
const DIGESTS = ['', 'a', 'ab', 'ab0', 'ab1', 'abf', 'b', 'ff'].flatMap((beginning) =>
  ['0', 'f'].map((fill) => digestOf(beginning.padEnd(64, fill))),
);
const REFERRERS: Referrer[] = [
  {kind: 'pins', id: 'best'},
  {kind: 'refs', id: 'a/b'},
  {kind: 'refs', id: 'ä'},
  {kind: 'runs', id: 'rs_0123456789abcdef'},
];
const pair = fc.record({digest: fc.constantFrom(...DIGESTS), referrer: fc.constantFrom(...REFERRERS)});

describe('Referrers', () => {
  let catalog: Catalog;
  before(async () => {
    catalog = Catalog.create(await temporaryFolder('referrers'));
  });
  after(() => catalog.close());

  it('answers what a list of pairs would', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pair), fc.array(pair, {maxLength: 4}), async (added, removed) => {
        const referrers = new Referrers(catalog);
        const left = new Map(added.map((one) => [JSON.stringify(one), one]));
        await catalog.transaction('test', () => {
          for (const {digest, namedBy} of Array.from(referrers.byDigest()))
            for (const referrer of namedBy) referrers.remove(digest, referrer);
          for (const {digest, referrer} of added) referrers.put(digest, referrer);
          for (const {digest, referrer} of removed) referrers.remove(digest, referrer);
        });
        for (const one of removed) left.delete(JSON.stringify(one));
        const namedBy = (digest: Digest): Referrer[] =>
          Array.from(left.values())
            .filter((one) => one.digest === digest)
            .map(({referrer}) => referrer)
            .toSorted((a, b) => (`${a.kind}/${a.id}` < `${b.kind}/${b.id}` ? -1 : 1));
        const named = [...new Set(DIGESTS)].filter((digest) => namedBy(digest).length > 0).toSorted();
        for (const digest of DIGESTS) assert.deepEqual(referrers.of(digest), namedBy(digest));
        for (const hex of ['', 'a', 'ab', 'ab0', 'abf', 'f', 'ff', 'c', 'f'.repeat(64)])
          assert.deepEqual(
            referrers.digestsFrom(hex),
            named.filter((digest) => digest.startsWith(`sha256:${hex}`)),
          );
        assert.deepEqual(
          Array.from(referrers.byDigest()),
          named.map((digest) => ({digest, namedBy: namedBy(digest)})),
        );
      }),
      {numRuns: 40},
    );
  });
});
