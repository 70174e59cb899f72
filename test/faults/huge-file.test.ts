/**
 * A file of more than 4 GiB, through put, verify and export: a counter of 32 bits anywhere on the way would show. The file
 * is sparse, what is made of it is not: 10 GiB are written to the disk and synced, which is what the minutes are spent on.
 */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {statfsSync} from 'node:fs';
import {open, readFile, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {crc32} from 'node:zlib';
import {parseDigest} from '../../src/cas/digest.ts';
import {readLeaves} from '../../src/cas/leaves/leaves.ts';
import {LEAF_BYTES} from '../../src/platform/leaf-sums.ts';
import type {ExportReport} from '../../src/workspace/export/export.ts';
import type {PutReport} from '../../src/workspace/put-files.ts';
import type {VerifyReport} from '../../src/workspace/verify/report.ts';
import {cosmosJson, makeCliWorkspace, REPOSITORY} from '../support/cli.ts';
import {makeRun, runId} from '../support/documents.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';

const SIZE_BYTES = 5 * 2 ** 30;
/** Beside the file: the blob, its copy in the export, and some room. */
const NEEDED_BYTES = 12 * 2 ** 30;
const PEAK_HOOK = join(REPOSITORY, 'bench', 'peak-memory.mjs');
/** A small part of the file; Node alone takes about 100. */
const MOST_MEGABYTES = 250;

/** Where a counter of 31 or 32 bits ends, and both ends of the file. */
const MARKS = [0, 2 ** 31 - 4, 2 ** 32 - 4, SIZE_BYTES - 8];
/** The leaves of 16 MiB that hold a part of a mark; the two in the middle lie on the end of a leaf. */
const MARKED_LEAVES = [0, 127, 128, 255, 256, 319];

/** What sha256sum of GNU coreutils 9.1 says of it. */
const digest = parseDigest('sha256:c60a8b29039db968c464f3916c0a46659e3dff6d2d584101880efc9ed8621798');

const run = promisify(execFile);

describe('a file of 5 GiB', function () {
  this.timeout(600_000);
  let root = '';
  let path = '';

  before(async function () {
    const {bavail, bsize} = statfsSync(tmpdir());
    if (bavail * bsize < NEEDED_BYTES) this.skip();
    root = await makeCliWorkspace();
    path = join(root, 'huge.bin');
    const file = await open(path, 'w');
    await file.truncate(SIZE_BYTES);
    for (const at of MARKS) await file.write(`at ${at}`.slice(0, 8), at);
    await file.close();
  });
  after(async () => {
    await closeWorkspaces();
    if (root !== '') await rm(root, {recursive: true});
  });

  /** The command's answer; its memory has to be small, whatever the file. */
  async function measured<T>(args: string[]): Promise<T> {
    const peak = join(await temporaryFolder('peak'), 'kB');
    const env = {NODE_OPTIONS: `--import=${PEAK_HOOK}`, PEAK_MEMORY_FILE: peak};
    const answer = await cosmosJson<T>(args, {cwd: root, env});
    const megabytes = Math.round(Number(await readFile(peak, 'utf8')) / 1024);
    assert.ok(megabytes > 0 && megabytes < MOST_MEGABYTES, `${args[0]}: ${megabytes} MB`);
    return answer;
  }

  it('is stored under the digest that sha256sum says', async () => {
    const {entries} = await measured<PutReport>(['blob', 'put', path]);
    assert.deepEqual(
      entries.map((entry) => [entry.digest, entry.size]),
      [[digest, SIZE_BYTES]],
    );
  });

  it('has 320 leaves, and says of each whether it is all zeros', async () => {
    const {store} = await newWorkspace(root);
    const blob = {digest, size: SIZE_BYTES};
    const {crc32: sums = []} = (await readLeaves(store.context.paths, blob)) ?? {};
    await closeWorkspaces();
    assert.equal(sums.length, 320);
    const ofZeros = crc32(Buffer.alloc(LEAF_BYTES));
    assert.deepEqual(
      [...sums.keys()].filter((index) => sums[index] !== ofZeros),
      MARKED_LEAVES,
    );
  });

  it('is hashed by a deep verify to its last byte', async () => {
    const report = await measured<VerifyReport>(['verify', '--deep']);
    assert.deepEqual([report.isSound, report.bytesHashed], [true, SIZE_BYTES]);
  });

  it('comes out of an export whole', async () => {
    const workspace = await newWorkspace(root);
    const output = {mediaType: 'application/octet-stream', digest, size: SIZE_BYTES};
    const document = makeRun(runId(1), {
      kind: 'custom',
      status: 'completed',
      outputs: [{...output, name: 'huge.bin', role: 'extra'}],
    });
    await workspace.documents.create('runs', document);
    await closeWorkspaces();
    const {bytes, files} = await measured<ExportReport>(['export', document.id, join(root, 'out')]);
    assert.deepEqual([bytes, files.clone + files.copy, files.link], [SIZE_BYTES, 1, 0]);
    const folder = join(root, 'out', `run_${document.id}`);
    assert.equal((await stat(join(folder, 'huge.bin'))).size, SIZE_BYTES);
    await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {cwd: folder});
  });
});
