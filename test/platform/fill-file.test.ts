import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {open, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {hashBytes} from '../../src/cas/digest.ts';
import {fillFile, type FilledFile, type FillOptions} from '../../src/platform/fill-file.ts';
import {reusesBuffer} from '../conformance/sources.ts';
import {REPOSITORY} from '../support/cli.ts';
import {temporaryFolder} from '../support/temporary.ts';

const BESIDE = {isHashedBeside: true};
const PIECE_BYTES = 1 << 20;
const LARGE = Buffer.alloc(40 << 20, 'a piece of nothing much; ').fill(7, 35 << 20);

async function fill(
  path: string,
  source: AsyncIterable<Uint8Array>,
  options: FillOptions = {},
): Promise<FilledFile> {
  const handle = await open(path, 'a+').then(async (made) => {
    await made.close();
    return open(path, 'r+');
  });
  try {
    return await fillFile({path, handle}, source, options);
  } finally {
    await handle.close();
  }
}

describe('fillFile', function () {
  this.timeout(30_000);

  let path = '';
  beforeEach(async () => void (path = join(await temporaryFolder(), 'file')));

  for (const isHashedBeside of [false, true]) {
    it(`hashes reused buffers ${isHashedBeside ? 'in another' : 'in this'} thread`, async () => {
      const filled = await fill(path, reusesBuffer(LARGE, PIECE_BYTES), {isHashedBeside});
      assert.equal(`sha256:${filled.sha256}`, hashBytes(LARGE));
      assert.equal(filled.sizeBytes, LARGE.length);
      assert.ok((await readFile(path)).equals(LARGE));
    });
  }

  it('hashes what lay in the file before', async () => {
    const start = 10_000_001;
    await writeFile(path, LARGE.subarray(0, start));
    const filled = await fill(path, reusesBuffer(LARGE.subarray(start), PIECE_BYTES), {start, ...BESIDE});
    assert.equal(`sha256:${filled.sha256}`, hashBytes(LARGE));
    assert.equal((await stat(path)).size, LARGE.length);
  });

  it('tells of a disk that failed, although the source broke too', async () => {
    const handle = await open(path, 'w');
    handle.datasync = () => Promise.reject(Object.assign(new Error('the disk failed'), {code: 'EIO'}));
    const breaks = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.alloc(65 << 20));
      throw new Error('the source broke');
    };
    await assert.rejects(fillFile({path, handle}, breaks()), /the disk failed/);
    await handle.close();
  });

  it('hashes four files side by side', async () => {
    const filled = await Promise.all(
      [0, 1, 2, 3].map((index) =>
        fill(`${path}${index}`, reusesBuffer(LARGE.subarray(index), PIECE_BYTES), BESIDE),
      ),
    );
    for (const [index, {sha256}] of filled.entries())
      assert.equal(`sha256:${sha256}`, hashBytes(LARGE.subarray(index)));
  });

  it('says that a file went away', async () => {
    const source = async function* (): AsyncGenerator<Uint8Array> {
      await rm(path);
      yield* reusesBuffer(LARGE, PIECE_BYTES);
    };
    await assert.rejects(fill(path, source(), BESIDE), {code: 'ENOENT'});
  });

  it('that broke off keeps no process from its end', () => {
    const program = `
      const {HashPool} = await import('./src/platform/hash-pool.ts');
      const file = new HashPool(1).follow('package.json');
      file.advance(10);
      file.drop();`;
    const args = ['--import=tsx', '--input-type=module', '--eval', program];
    execFileSync(process.execPath, args, {cwd: REPOSITORY, timeout: 15_000});
  });

  it('keeps no process from its end', async () => {
    await writeFile(path, LARGE);
    const program = `
      const {open} = await import('node:fs/promises');
      const {fillFile} = await import('./src/platform/fill-file.ts');
      const {fileChunks} = await import('./src/platform/chunks.ts');
      const handle = await open(${JSON.stringify(`${path}.copy`)}, 'wx');
      const {sha256} = await fillFile({path: ${JSON.stringify(`${path}.copy`)}, handle}, fileChunks(${JSON.stringify(path)}), {isHashedBeside: true});
      await handle.close();
      console.log(sha256);`;
    const args = ['--import=tsx', '--input-type=module', '--eval', program];
    const told = execFileSync(process.execPath, args, {cwd: REPOSITORY, encoding: 'utf8', timeout: 20_000});
    assert.equal(`sha256:${told.trim()}`, hashBytes(LARGE));
  });
});
