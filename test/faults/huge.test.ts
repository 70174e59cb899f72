/** Counters of 32 bits end at 4 GiB, and memory ends long before: one blob that is larger than both. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {open, readFile, stat, statfs} from 'node:fs/promises';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {readLeaves} from '../../src/cas/leaves/leaves.ts';
import {materialize} from '../../src/cas/materialize.ts';
import type {PutReport} from '../../src/workspace/put-files.ts';
import type {VerifyReport} from '../../src/workspace/verify/report.ts';
import {openWorkspace} from '../../src/workspace/workspace.ts';
import {cosmosJson, makeCliWorkspace, REPOSITORY} from '../support/cli.ts';

const GIBIBYTE = 1024 ** 3;
const SIZE = 5 * GIBIBYTE;
const NEEDED_BYTES = 16 * GIBIBYTE;
/** Of Node, cosmos, and two threads with a buffer each. */
const MOST_KILOBYTES = 300_000;

/** A hole with a byte at its beginning, on either side of 4 GiB, and at its end. */
async function makeSparse(path: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.truncate(SIZE);
    for (const position of [0, 4 * GIBIBYTE - 1, 4 * GIBIBYTE, SIZE - 1])
      await file.write(Buffer.from([position % 251 || 1]), 0, 1, position);
  } finally {
    await file.close();
  }
}

function digestOf(path: string): string {
  const line = execFileSync('openssl', ['dgst', '-sha256', '-r', path], {encoding: 'utf8'});
  return `sha256:${line.slice(0, 64)}`;
}

describe('a file of 5 GiB', function () {
  this.timeout(300_000);

  it('goes in, is proven and comes out, in memory that does not depend on its size', async function () {
    const cwd = await makeCliWorkspace();
    const {bavail, bsize} = await statfs(cwd);
    if (bavail * bsize < NEEDED_BYTES) return this.skip();
    await makeSparse(join(cwd, 'huge.bin'));
    const expected = digestOf(join(cwd, 'huge.bin'));
    const measured = async <T>(args: readonly string[]): Promise<T> => {
      const peak = join(cwd, 'peak');
      const probe = pathToFileURL(join(REPOSITORY, 'bench', 'peak-memory.mjs')).href;
      const env = {NODE_OPTIONS: `--import ${probe}`, PEAK_MEMORY_FILE: peak};
      const value = await cosmosJson<T>(args, {cwd, env});
      const kilobytes = Number(await readFile(peak, 'utf8'));
      assert.ok(kilobytes > 0 && kilobytes < MOST_KILOBYTES, `${args.join(' ')}: ${kilobytes} kB`);
      return value;
    };
    const put = await measured<PutReport>(['blob', 'put', 'huge.bin']);
    assert.deepEqual(
      put.entries.map(({digest, size}) => [digest, size]),
      [[expected, SIZE]],
    );
    const report = await measured<VerifyReport>(['verify', '--deep']);
    assert.deepEqual([report.bytesHashed, report.damage], [SIZE, []]);
    const workspace = await openWorkspace(cwd, {actor: 'test'});
    try {
      const [blob] = put.entries;
      assert.ok(blob);
      assert.equal((await readLeaves(workspace.store.context.paths, blob))?.crc32.length, 320);
      const copy = join(cwd, 'copy.bin');
      await materialize(workspace.store, blob, copy, 'clone');
      assert.equal((await stat(copy)).size, SIZE);
      assert.equal(digestOf(copy), expected);
    } finally {
      await workspace.close();
    }
  });
});
