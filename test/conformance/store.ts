/** What every driver of a content store must do, whatever it stands on. */
import assert from 'node:assert/strict';
import {sha256} from '@noble/hashes/sha2.js';
import {bytesToHex} from '@noble/hashes/utils.js';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {digestOf, hashBytes} from '../../src/cas/digest.ts';
import type {Fetcher, Lister, Prober, Pusher} from '../../src/cas/store.ts';
import {readAll} from '../../src/cas/verified-read.ts';
import {diesMidway, reusesBuffer, shortRead, slow, wrongBytes} from './sources.ts';

export interface Subject {
  store: Fetcher & Prober & Pusher & Lister;
  /** Files or buffers of puts that have not ended; must be 0 between puts. */
  countLeftovers: () => Promise<number>;
}

/** NIST FIPS 180-4 examples and the empty message. */
const VECTORS: [string, Uint8Array, string][] = [
  ['the empty message', Buffer.alloc(0), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['"abc"', Buffer.from('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'the message of two blocks',
    Buffer.from('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  [
    'a million times "a"',
    Buffer.alloc(1_000_000, 'a'),
    'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  ],
];

const MIB = 1 << 20;
/** Around the borders of the pieces in which files are read. */
const SIZES = [0, 1, 63, 64, MIB - 1, MIB, MIB + 1, 2 * MIB + 7];
const TEXT = {mediaType: 'text/plain'};

export function describeStore(name: string, make: () => Promise<Subject>): void {
  describe(`the ${name} store`, () => {
    let subject: Subject;
    before(async () => {
      subject = await make();
    });
    afterEach(async () => {
      assert.equal(await subject.countLeftovers(), 0, 'a put left something behind');
    });

    describeNaming(() => subject);
    describePush(() => subject);
    describeRefusal(() => subject);
    describeFetch(() => subject);
  });
}

function describeNaming(get: () => Subject): void {
  describe('digest', () => {
    for (const [what, message, hex] of VECTORS) {
      it(`gives the published digest of ${what}`, async () => {
        const blob = await get().store.push(message, TEXT);
        assert.deepEqual(blob, {mediaType: 'text/plain', digest: `sha256:${hex}`, size: message.length});
      });
    }

    for (const size of SIZES) {
      it(`agrees with a second implementation on ${size} bytes`, async () => {
        const bytes = makeBytes(size);
        const blob = await get().store.push(bytes, TEXT);
        assert.equal(blob.digest, `sha256:${bytesToHex(sha256(bytes))}`);
        assert.deepEqual(await readAll(get().store.fetch(blob)), Buffer.from(bytes));
      });
    }
  });
}

function describePush(get: () => Subject): void {
  describe('push', () => {
    it('stores a stream of tiny pieces', async () => {
      const blob = await get().store.push(slow(Buffer.from('slowly')), TEXT);
      assert.equal(blob.digest, hashBytes(Buffer.from('slowly')));
    });

    it('stores right bytes of reused buffers', async () => {
      const bytes = makeBytes(3 * MIB);
      const blob = await get().store.push(reusesBuffer(bytes, MIB / 2), TEXT);
      assert.equal(blob.digest, hashBytes(bytes));
      assert.deepEqual(await readAll(get().store.fetch(blob)), Buffer.from(bytes));
    });

    it('answers the same to a second push', async () => {
      const first = await get().store.push(Buffer.from('twice'), TEXT);
      const second = await get().store.push(Buffer.from('twice'), TEXT);
      assert.deepEqual(second, first);
      assert.equal((await listAll(get())).filter(({digest}) => digest === first.digest).length, 1);
    });

    it('stores the same bytes pushed at once', async () => {
      const pushes = Array.from({length: 8}, () => get().store.push(slow(Buffer.from('together')), TEXT));
      const blobs = await Promise.all(pushes);
      assert.equal(new Set(blobs.map(({digest}) => digest)).size, 1);
      assert.deepEqual(await readAll(get().store.fetch(blobs[0] as Descriptor)), Buffer.from('together'));
    });

    it('stores what is just as expected', async () => {
      const bytes = Buffer.from('expected');
      const expected = {digest: hashBytes(bytes), size: bytes.length};
      assert.equal((await get().store.push(bytes, {...TEXT, expected})).digest, expected.digest);
    });
  });
}

function describeRefusal(get: () => Subject): void {
  const bytes = makeBytes(4096);
  const expected = {digest: hashBytes(bytes), size: bytes.length};
  const assertNothing = async (): Promise<void> =>
    assert.equal(await get().store.find(expected.digest), undefined);

  describe('push of what is wrong', () => {
    it('refuses a source that ends early', async () => {
      const before = await listAll(get());
      await assert.rejects(get().store.push(shortRead(bytes), {...TEXT, expected}), {code: 'blob.mismatch'});
      assert.deepEqual(await listAll(get()), before);
    });

    it('refuses bytes of another digest', async () => {
      const before = await listAll(get());
      await assert.rejects(get().store.push(wrongBytes(bytes), {...TEXT, expected}), {code: 'blob.mismatch'});
      assert.deepEqual(await listAll(get()), before);
    });

    it('refuses right bytes of wrong size', async () => {
      await assert.rejects(get().store.push(bytes, {...TEXT, expected: {size: 4095}}), {
        code: 'blob.mismatch',
      });
      await assertNothing();
    });

    it('passes on the error of a source', async () => {
      await assert.rejects(get().store.push(diesMidway(bytes), TEXT), /the source died/);
      await assertNothing();
    });

    it('stops when the signal is aborted', async () => {
      const controller = new AbortController();
      setTimeout(() => {
        controller.abort();
      }, 20);
      const push = get().store.push(slow(bytes), {...TEXT, signal: controller.signal});
      await assert.rejects(push, {name: 'AbortError'});
      await assertNothing();
    });

    it('does not begin under an aborted signal', async () => {
      await assert.rejects(get().store.push(bytes, {...TEXT, signal: AbortSignal.abort()}), {
        name: 'AbortError',
      });
      await assertNothing();
    });
  });
}

function describeFetch(get: () => Subject): void {
  const absent = {digest: digestOf('f'.repeat(64)), size: 3};

  describe('fetch, find and list', () => {
    it('find tells the size of a blob', async () => {
      const blob = await get().store.push(Buffer.from('found'), TEXT);
      assert.deepEqual(await get().store.find(blob.digest), {digest: blob.digest, size: 5});
    });

    it('find knows nothing of absent blobs', async () => {
      assert.equal(await get().store.find(absent.digest), undefined);
    });

    it('fetch says that a blob is missing', async () => {
      await assert.rejects(readAll(get().store.fetch(absent)), {code: 'blob.missing'});
    });

    it('fetch fails when the size differs', async () => {
      const {digest} = await get().store.push(Buffer.from('sized'), TEXT);
      await assert.rejects(readAll(get().store.fetch({digest, size: 4})), {code: 'blob.damaged'});
      await assert.rejects(readAll(get().store.fetch({digest, size: 6})), {code: 'blob.damaged'});
    });

    it('fetch stops when the signal is aborted', async () => {
      const blob = await get().store.push(Buffer.from('aborted'), TEXT);
      await assert.rejects(readAll(get().store.fetch(blob, AbortSignal.abort())), {name: 'AbortError'});
    });

    it('list gives every blob exactly once', async () => {
      const blob = await get().store.push(Buffer.from('listed'), TEXT);
      const digests = (await listAll(get())).map(({digest}) => digest);
      assert.equal(new Set(digests).size, digests.length);
      assert.ok(digests.includes(blob.digest));
    });
  });
}

async function listAll({store}: Subject): Promise<{digest: string; size: number}[]> {
  const blobs = await collect(store.list());
  return blobs.sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** Bytes without a short period, so that swapped pieces show. */
function makeBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let index = 0, state = size + 1; index < size; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
