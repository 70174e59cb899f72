/** docs/backup.md, step by step: a plain copy, taken while others work, and brought back into an empty folder. */
import assert from 'node:assert/strict';
import {copyFile, mkdir, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../../src/errors.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {VerifyReport} from '../../src/workspace/verify/report.ts';
import {cosmos, cosmosJson, makeCliWorkspace} from '../support/cli.ts';
import {temporaryFolder} from '../support/temporary.ts';

/** As programs that copy files do: what vanishes meanwhile is passed over. */
async function copyAll(from: string, to: string): Promise<void> {
  await mkdir(to, {recursive: true});
  for (const entry of await readdir(from, {withFileTypes: true})) {
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyAll(source, copy);
    else await copyFile(source, copy).catch(forgiveGone);
  }
}

function forgiveGone(error: unknown): void {
  if (!isErrno(error, 'ENOENT')) throw error;
}

/** @param between what happens when the documents are copied and the blobs are not */
async function backUp(root: string, between: () => Promise<void> = () => Promise.resolve()): Promise<string> {
  const copy = join(await temporaryFolder('backup'), 'films');
  await mkdir(join(copy, 'storage'), {recursive: true});
  for (const name of ['cosmos.toml', join('storage', 'layout.json')])
    await copyFile(join(root, name), join(copy, name));
  await copyAll(join(root, 'manifests'), join(copy, 'manifests'));
  await between();
  for (const part of ['blobs', 'journal'])
    await copyAll(join(root, 'storage', part), join(copy, 'storage', part));
  return copy;
}

const QUERIES = [['list', '--all'], ['blob', 'list'], ['prompt', 'list'], ['scene', 'list'], ['usage']];

/** What people see of a workspace. */
async function answersOf(cwd: string): Promise<unknown[]> {
  return Promise.all(QUERIES.map((words) => cosmosJson<unknown>(words, {cwd})));
}

describe('a plain copy of a workspace', function () {
  this.timeout(90_000);

  const run = (cwd: string, prompt: string): Promise<RunDocument> =>
    cosmosJson<RunDocument>(['run', 'request.json', '--model', 'clock', '--prompt', prompt], {cwd});

  it('answers everything as the workspace does', async () => {
    const cwd = await makeCliWorkspace();
    for (const prompt of ['dawn', 'noon']) assert.equal((await run(cwd, prompt)).status, 'completed');
    assert.equal((await cosmos(['blob', 'put', 'text.txt', '--name', 'plates'], {cwd})).code, 0);
    const copy = await backUp(cwd);
    await rm(join(cwd, 'storage', 'catalog'), {recursive: true});
    assert.equal((await cosmos(['index', 'rebuild'], {cwd: copy})).code, 0);
    const report = await cosmosJson<VerifyReport>(['verify', '--deep'], {cwd: copy});
    assert.deepEqual([report.isSound, report.damage], [true, []]);
    assert.deepEqual(await answersOf(copy), await answersOf(cwd));
  });

  it('fails the runs whose jobs stayed with the workspace, which goes on with them', async () => {
    const cwd = await makeCliWorkspace();
    const words = ['run', 'request.json', '--model', 'slow', '--detach'];
    const {id} = await cosmosJson<RunDocument>(words, {cwd});
    const copy = await backUp(cwd);
    assert.equal((await cosmos(['index', 'rebuild'], {cwd: copy})).code, 0);
    assert.equal((await cosmos(['status', '--wait', '20'], {cwd: copy})).code, 0);
    const there = await cosmosJson<RunDocument>(['show', id], {cwd: copy});
    assert.deepEqual([there.status, there.failure?.class], ['failed', 'job.gone']);
    assert.equal((await cosmos(['status', '--wait', '20'], {cwd})).code, 0);
    assert.equal((await cosmosJson<RunDocument>(['show', id], {cwd})).status, 'completed');
  });

  it('is whole or names what is missing, when it is made while others work', async () => {
    const cwd = await makeCliWorkspace();
    const first = await run(cwd, 'first');
    const kept = await run(cwd, 'kept');
    let isOver = false;
    const made: string[] = [];
    const work = async (): Promise<void> => {
      for (let turn = 0; !isOver; turn += 1) {
        const {id} = await run(cwd, `turn ${turn}`);
        made.push(id);
        const [old] = made.length > 2 ? made.splice(0, 1) : [];
        if (old !== undefined) assert.equal((await cosmos(['delete', old], {cwd})).code, 0);
        assert.equal((await cosmos(['gc', '--grace', '0'], {cwd})).code, 0);
      }
    };
    const working = work();
    const copies: string[] = [];
    try {
      for (let turn = 0; turn < 2; turn += 1)
        copies.push(await backUp(cwd, () => new Promise((resolve) => setTimeout(resolve, 1500))));
      copies.push(
        await backUp(cwd, async () => {
          assert.equal((await cosmos(['delete', first.id], {cwd})).code, 0);
          assert.equal((await cosmos(['gc', '--grace', '0'], {cwd})).code, 0);
        }),
      );
    } finally {
      isOver = true;
      await working;
    }
    for (const copy of copies) {
      assert.equal((await cosmos(['index', 'rebuild'], {cwd: copy})).code, 0);
      const report = await cosmosJson<VerifyReport>(['verify', '--deep'], {cwd: copy});
      assert.ok(
        report.damage.every(({code}) => code === 'blob.missing'),
        JSON.stringify(report.damage),
      );
      const touched = new Set(report.damage.flatMap(({documents = []}) => documents));
      assert.ok(!touched.has(`runs/${kept.id}`), 'what nobody deleted is whole');
      for (const document of touched)
        assert.equal((await cosmos(['delete', document.slice('runs/'.length)], {cwd: copy})).code, 0);
      assert.equal((await cosmos(['verify', '--deep'], {cwd: copy})).code, 0);
    }
    const last = copies.at(-1) ?? '';
    assert.ok(
      !(await readdir(join(last, 'manifests', 'runs'))).includes(`${first.id}.json`),
      'named, and let go',
    );
  });
});
