import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {cosmos, cosmosJson, makeCliWorkspace} from '../support/cli.ts';

describe('cosmos with many runs', function () {
  this.timeout(120_000);
  let root = '';

  before(async () => {
    root = await makeCliWorkspace();
  });

  it('carries every run of a sweep to its end', async () => {
    const args = ['sweep', 'request.json', '--model', 'copy', '--vary', 'strength=1,2,3'];
    const runs = await cosmosJson<RunDocument[]>(args, {cwd: root});
    assert.deepEqual(
      runs.map(({status, parameters, batch}) => [status, parameters['strength'], batch?.label]),
      [
        ['completed', 1, 'strength=1'],
        ['completed', 2, 'strength=2'],
        ['completed', 3, 'strength=3'],
      ],
    );
    const [batch] = runs.map((run) => run.batch?.id ?? '');
    const found = await cosmosJson<{id: string}[]>(['list', '--batch', batch ?? ''], {cwd: root});
    assert.deepEqual(found.map(({id}) => id).toSorted(), runs.map(({id}) => id).toSorted());
  });

  it('lets a failed item fail alone, and says so', async () => {
    const lines = ['copy', 'fail', 'copy'].map((model) => JSON.stringify({source: 'request.json', model}));
    await writeFile(join(root, 'night.jsonl'), lines.join('\n'));
    const {code, stdout, stderr} = await cosmos(['batch', 'night.jsonl'], {cwd: root});
    assert.equal(code, 14, stdout + stderr);
    assert.equal(stdout.match(/completed/g)?.length, 2, stdout);
    assert.match(stdout, /failed\s+fail/);
    assert.match(stderr, /running -> collecting/);
  });

  it('starts nothing when one item is wrong', async () => {
    const before = await cosmosJson<unknown[]>(['list', '--all'], {cwd: root});
    await writeFile(join(root, 'wrong.jsonl'), '{"source": "request.json"}\n{"source": "gone.json"}\n');
    const {code, stderr} = await cosmos(['batch', 'wrong.jsonl', '--model', 'copy'], {cwd: root});
    assert.equal(code, 2, stderr);
    assert.match(stderr, /line 2: There is nothing to run at .*gone\.json/);
    assert.equal((await cosmosJson<unknown[]>(['list', '--all'], {cwd: root})).length, before.length);
  });

  it('leaves a detached batch to itself', async () => {
    const args = ['run', 'request.json', '--model', 'slow', '--repeat', '2', '--detach'];
    const {code, stderr} = await cosmos(args, {cwd: root});
    assert.equal(code, 0, stderr);
    assert.match(stderr, /2 runs go on: "cosmos status" brings home what has ended/);
    const {stdout} = await cosmos(['watch', '--until-idle'], {cwd: root});
    assert.equal(stdout.match(/-> completed/g)?.length, 2, stdout);
  });
});
