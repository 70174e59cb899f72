/** Leaves of large blobs: made with the digest, gone with the blob, good for finding damage and for going on; no proof. */
import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {chmod, open, readFile, rm, writeFile} from 'node:fs/promises';
import {crc32} from 'node:zlib';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {readLeaves} from '../../src/cas/leaves/leaves.ts';
import {leavesPath} from '../../src/cas/local/paths.ts';
import {listDue} from '../../src/cas/scrub/due.ts';
import {scrub, type ScrubOptions, type ScrubReport} from '../../src/cas/scrub/scrub.ts';
import {sleep} from '../../src/platform/clock.ts';
import {HashPool} from '../../src/platform/hash-pool.ts';
import {LEAF_BYTES} from '../../src/platform/leaf-sums.ts';
import {collectGarbage} from '../../src/workspace/garbage.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {pathOfBlob} from '../support/blobs.ts';
import {closeWorkspaces, newWorkspace, NO_GRACE, putText} from '../support/workspace.ts';

const COUNT = 6;
const SIZE = (COUNT - 1) * LEAF_BYTES + 5;

/** Every leaf is different, in chunks that end nowhere near the end of a leaf. */
async function* bytes(): AsyncGenerator<Uint8Array, void> {
  for (let start = 0; start < SIZE; start += 7_000_000)
    yield await Promise.resolve(Buffer.alloc(Math.min(7_000_000, SIZE - start), `${start} `));
}

/** Says what was read, after those who want to know it. */
class WatchedPool extends HashPool {
  readonly #onRead: (leaves: number[]) => void | Promise<void>;

  constructor(size: number, onRead: (leaves: number[]) => void | Promise<void>) {
    super(size);
    this.#onRead = onRead;
  }

  override hashByLeaves(...[path, options]: Parameters<HashPool['hashByLeaves']>) {
    const goOn = async (leaves: number[]): Promise<boolean> => {
      const isWanted = await options.goOn(leaves);
      await this.#onRead(leaves);
      return isWanted;
    };
    return super.hashByLeaves(path, {...options, goOn});
  }
}

describe('the leaves of a large blob', function () {
  this.timeout(30_000);

  let workspace: Workspace;
  let blob: Descriptor;
  beforeEach(async () => {
    workspace = await newWorkspace();
    blob = await workspace.store.push(bytes(), {mediaType: 'application/octet-stream'});
  });
  after(closeWorkspaces);

  const pathOfLeaves = (): string => leavesPath(workspace.store.context.paths, blob.digest);
  const leaves = () => readLeaves(workspace.store.context.paths, blob);
  const tables = () => workspace.store.context.tables;
  const scrubIt = (options: Partial<ScrubOptions> = {}): Promise<ScrubReport> =>
    scrub(workspace.store.context, [blob], {workers: 1, ...options});
  async function damageAt(...positions: number[]): Promise<void> {
    await chmod(pathOfBlob(workspace, blob), 0o644);
    const file = await open(pathOfBlob(workspace, blob), 'r+');
    for (const position of positions) await file.write(Buffer.from([255]), 0, 1, position);
    await file.close();
  }
  /** Somebody stops it when so many leaves were read. */
  function stopAfter(count: number): Promise<ScrubReport> {
    const stopping = new AbortController();
    const makePool = (size: number): HashPool =>
      new WatchedPool(size, ({length}) => {
        if (length === count) stopping.abort();
      });
    return scrubIt({keepsLooks: true, signal: stopping.signal, makePool});
  }

  it('are the CRC-32 of every 16 MiB', async () => {
    const all = await readFile(pathOfBlob(workspace, blob));
    const expected = Array.from({length: COUNT}, (_, index) =>
      crc32(all.subarray(index * LEAF_BYTES, (index + 1) * LEAF_BYTES)),
    );
    assert.deepEqual((await leaves())?.crc32, expected);
  });

  it('are not made of what is read in a moment', async () => {
    const small = await putText(workspace, 'small');
    assert.ok(!existsSync(leavesPath(workspace.store.context.paths, small.digest)));
  });

  it('that are not as they were written count for nothing, and are made again from proven bytes', async () => {
    const right = await readFile(pathOfLeaves());
    for (const wrong of [
      Buffer.alloc(0),
      right.subarray(0, 90),
      Buffer.from(right.toString().replace('16777216', '16777217')),
    ]) {
      await writeFile(pathOfLeaves(), wrong);
      assert.equal(await leaves(), undefined);
      await scrubIt();
      assert.deepEqual(await readFile(pathOfLeaves()), right);
    }
  });

  it('are not made of damaged bytes', async () => {
    await rm(pathOfLeaves());
    await damageAt(0);
    const {damaged} = await scrubIt();
    assert.deepEqual(damaged[0]?.ranges, []);
    assert.equal(await leaves(), undefined);
  });

  it('say where the damage is', async () => {
    await damageAt(LEAF_BYTES + 1, 2 * LEAF_BYTES, SIZE - 1);
    const [found] = (await scrubIt()).damaged;
    assert.ok(found);
    assert.deepEqual(found.ranges, [
      {start: LEAF_BYTES, end: 3 * LEAF_BYTES},
      {start: 5 * LEAF_BYTES, end: SIZE},
    ]);
    assert.match(found.reason, /differs in bytes 16777216 to 50331647, bytes 83886080 to 83886084$/);
    const note = JSON.parse(await readFile(`${found.quarantined}.json`, 'utf8')) as {ranges: unknown};
    assert.deepEqual(note.ranges, found.ranges);
    assert.ok(await leaves(), 'a repair wants them');
  });

  it('go with their blob', async () => {
    await collectGarbage(workspace, NO_GRACE);
    assert.ok(!existsSync(pathOfLeaves()));
  });

  it('go when their blob went in another way', async () => {
    await rm(pathOfBlob(workspace, blob));
    await collectGarbage(workspace, NO_GRACE);
    assert.ok(!existsSync(pathOfLeaves()));
  });

  it('let a look that was stopped go on where it was, and prove nothing', async () => {
    const first = await stopAfter(4);
    assert.deepEqual([first.left, first.blobsHashed], [[blob], 0]);
    const look = tables().looks.get(blob.digest);
    assert.deepEqual([look?.leaves, look?.of], [4, COUNT]);
    const second = await scrubIt({keepsLooks: true});
    assert.deepEqual([second.looked, second.bytesHashed], [[blob], 0]);
    assert.equal(second.bytesLooked, SIZE - 4 * LEAF_BYTES);
    assert.equal(tables().ledger.get(blob.digest), undefined);
    const third = await scrubIt({keepsLooks: true});
    assert.deepEqual([third.blobsHashed, third.bytesHashed, third.looked], [1, SIZE, []]);
    assert.equal(tables().ledger.get(blob.digest)?.result, 'good');
    assert.equal(tables().looks.get(blob.digest), undefined);
  });

  it('let a look end in the middle when its time is over', async () => {
    const makePool = (size: number): HashPool => new WatchedPool(size, () => sleep(300));
    const report = await scrubIt({keepsLooks: true, budgetMs: 250, makePool});
    const seen = tables().looks.get(blob.digest)?.leaves ?? 0;
    assert.ok(seen > 0 && seen < COUNT, String(seen));
    assert.deepEqual([report.left, report.bytesHashed], [[blob], seen * LEAF_BYTES]);
    const whole = await scrubIt({budgetMs: 10_000});
    assert.equal(whole.bytesHashed, SIZE, 'nobody asked for parts');
  });

  it('that a look finds wrong bring the whole digest to judge', async () => {
    await stopAfter(3);
    await damageAt(SIZE - 1);
    const {damaged, looked, bytesHashed} = await scrubIt({keepsLooks: true});
    assert.deepEqual([damaged.length, looked.length, bytesHashed], [1, 0, 2 * SIZE]);
  });

  it('are read once more from the beginning when other bytes were stored', async () => {
    await stopAfter(3);
    await damageAt(1);
    assert.equal((await workspace.store.push(bytes(), {mediaType: 'x/y'})).digest, blob.digest);
    assert.equal(tables().looks.get(blob.digest), undefined);
  });

  it('let others have their turn after a look at all of it', async () => {
    const small = await putText(workspace, 'small');
    const due = (): string[] =>
      listDue(tables(), [blob, small], {maxAgeMs: 1, now: workspace.now()}).map(({digest}) => digest);
    assert.deepEqual(due(), [blob.digest, small.digest]);
    await stopAfter(3);
    assert.deepEqual(due(), [blob.digest, small.digest]);
    await scrubIt({keepsLooks: true});
    assert.deepEqual(due(), [small.digest, blob.digest]);
  });
});
