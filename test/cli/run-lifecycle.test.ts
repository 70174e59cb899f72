import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {cosmos, cosmosJson, makeCliWorkspace, outcomeOf, startCosmos, waitForPause} from '../support/cli.ts';

describe('cosmos run', function () {
  this.timeout(60_000);

  it('collects nested outputs of any program', async () => {
    const root = await makeCliWorkspace();
    const run = await cosmosJson<RunDocument>(['run', 'request.json', '--model', 'many'], {cwd: root});
    assert.equal(run.status, 'completed');
    assert.equal(run.outputs.length, 31);
    assert.equal(run.outputs.find(({name}) => name === 'frames/29.txt')?.role, 'extra');
    assert.equal(run.primaryOutput, 'copy.txt');
  });

  it('says why a job failed and keeps what it made', async () => {
    const root = await makeCliWorkspace();
    const {code, stdout} = await cosmos(['run', 'request.json', '--model', 'fail'], {cwd: root});
    assert.equal(code, 14);
    assert.match(stdout, /exit code 7/);
    assert.match(stdout, /the reactor is too hot/);
    const [summary] = await cosmosJson<{id: string; status: string; failure: string}[]>(['list'], {
      cwd: root,
    });
    assert.equal(summary?.failure, 'job.exit');
    const run = await cosmosJson<RunDocument>(['show', summary.id], {cwd: root});
    assert.deepEqual(
      run.outputs.map(({name}) => name),
      ['partial.txt'],
    );
    assert.equal(run.primaryOutput, null);
    assert.ok(run.log);
  });

  for (const model of ['forget', 'empty']) {
    it(`calls "${model}" failed although it exits with 0`, async () => {
      const root = await makeCliWorkspace();
      const run = await cosmosJson<RunDocument>(['run', 'request.json', '--model', model], {cwd: root});
      assert.equal(run.status, 'failed');
      assert.equal(run.failure?.class, 'outputs.wrong');
    });
  }

  it('stops a job that is cancelled and keeps its log', async () => {
    const root = await makeCliWorkspace();
    const {id} = await cosmosJson<RunDocument>(['run', 'request.json', '--model', 'forever', '--detach'], {
      cwd: root,
    });
    const {code, stdout} = await cosmos(['cancel', id.slice(0, 8), '--reason', 'wrong seed'], {cwd: root});
    assert.equal(code, 0);
    assert.match(stdout, /is cancelled/);
    const run = await cosmosJson<RunDocument>(['show', id], {cwd: root});
    assert.equal(run.status, 'cancelled');
    assert.equal(run.cancelRequested?.reason, 'wrong seed');
    assert.ok(run.log);
    assert.match((await cosmos(['cancel', id], {cwd: root})).stdout, /had ended already: cancelled/);
  });

  it('leaves at Ctrl-C, and the run goes on', async () => {
    const root = await makeCliWorkspace();
    const child = startCosmos(['run', 'request.json', '--model', 'slow'], {cwd: root});
    const ended = outcomeOf(child);
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.toString('utf8').includes('running')) resolve();
      });
    });
    child.kill('SIGINT');
    const {code, stderr} = await ended;
    assert.equal(code, 130);
    assert.match(stderr, /the run goes on/);
    const rows = await cosmosJson<{summary: {status: string}}[]>(['status', '--wait', '20'], {cwd: root});
    assert.equal(rows[0]?.summary.status, 'completed');
  });

  it('follows a log to the end without losing a byte', async () => {
    const root = await makeCliWorkspace();
    const {id} = await cosmosJson<RunDocument>(['run', 'request.json', '--model', 'slow', '--detach'], {
      cwd: root,
    });
    const {code, stdout} = await cosmos(['logs', '-f', id], {cwd: root});
    assert.equal(code, 0);
    assert.equal(
      stdout,
      ['job: slow', ...Array.from({length: 10}, (_, step) => `step ${step + 1}/10`), ''].join('\n'),
    );
    assert.equal((await cosmos(['logs', id], {cwd: root})).stdout, stdout);
  });

  it('refuses a second process on the same run', async () => {
    if (process.platform === 'win32') return;
    const root = await makeCliWorkspace();
    const child = startCosmos(['run', 'request.json', '--model', 'copy'], {
      cwd: root,
      env: {COSMOS_PAUSE_AT: 'run.collecting'},
    });
    const ended = outcomeOf(child);
    await waitForPause(child, 'run.collecting');
    const [summary] = await cosmosJson<{id: string}[]>(['list'], {cwd: root});
    const rows = await cosmosJson<{isDrivenElsewhere: boolean}[]>(['status', '--wait', '1'], {cwd: root});
    assert.equal(rows[0]?.isDrivenElsewhere, true);
    const cancel = await cosmos(['cancel', summary?.id ?? ''], {cwd: root, env: {}});
    assert.match(cancel.stderr, /another cosmos process drives this run/);
    child.kill('SIGCONT');
    assert.equal((await ended).code, 0);
  });

  it('runs what was planned even if the model is gone', async () => {
    const root = await makeCliWorkspace();
    await cosmosJson(['run', 'request.json', '--model', 'slow', '--detach'], {cwd: root});
    await writeFile(join(root, 'cosmos.toml'), '');
    const rows = await cosmosJson<{summary: {status: string}}[]>(['status', '--wait', '20'], {cwd: root});
    assert.equal(rows[0]?.summary.status, 'completed');
  });

  it('changes nothing in a dry run', async () => {
    const root = await makeCliWorkspace();
    const {code, stdout} = await cosmos(['run', 'request.json', '--model', 'copy', '--dry-run'], {cwd: root});
    assert.equal(code, 0);
    assert.match(stdout, /Nothing was started/);
    assert.deepEqual(await cosmosJson(['list'], {cwd: root}), []);
    assert.deepEqual(await cosmosJson(['blob', 'list'], {cwd: root}), []);
  });

  it('says of a run that goes on only that it goes on', async () => {
    const root = await makeCliWorkspace();
    const {code, stdout, stderr} = await cosmos(['run', 'request.json', '--model', 'slow', '--detach'], {
      cwd: root,
    });
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /Next|again|Where to look/);
    assert.match(stderr, /the run goes on by itself: "cosmos status" brings it home/);
    await cosmosJson(['status', '--wait', '20'], {cwd: root});
  });

  it('names no view that was not made', async () => {
    const root = await makeCliWorkspace();
    const {stdout} = await cosmos(['run', 'request.json', '--model', 'copy'], {
      cwd: root,
      env: {COSMOS_VIEWS_AUTO: 'false'},
    });
    assert.match(stdout, /cosmos show rs_/);
    assert.doesNotMatch(stdout, /run_rs_/);
  });

  it('finds programs of the workspace by their place', async () => {
    const root = await makeCliWorkspace();
    await writeFile(
      join(root, 'hello.mjs'),
      "import {writeFileSync} from 'node:fs'; writeFileSync(process.argv[2] + '/hi.txt', 'hi');",
    );
    await writeFile(
      join(root, 'cosmos.toml'),
      `[models.hello]
argv = [${JSON.stringify(process.execPath)}, "{workspace}/hello.mjs", "{outputs}"]
outputs = [{name = "hi.txt", mediaType = "text/plain"}]
`,
    );
    await writeFile(join(root, 'none.json'), '{}');
    const run = await cosmosJson<RunDocument>(['run', 'none.json', '--model', 'hello'], {cwd: root});
    assert.equal(run.status, 'completed');
  });
});

describe('cosmos rerun --verify', function () {
  this.timeout(60_000);

  it('ends with an exit code of its own where a result differs', async () => {
    const root = await makeCliWorkspace();
    for (const [model, code] of [
      ['copy', 0],
      ['clock', 16],
    ] as const) {
      const {id} = await cosmosJson<RunDocument>(['run', 'request.json', '--model', model], {cwd: root});
      const again = await cosmos(['rerun', id, '--verify'], {cwd: root});
      assert.equal(again.code, code, again.stderr);
      const line = code === 0 ? /came out as rs_\w+ did: 1 output the same/ : /copy\.txt {2}other bytes/;
      assert.match(again.stdout, line);
    }
  });
});

describe('cosmos delete', function () {
  this.timeout(60_000);

  it("takes a run's folder along, with what a person put there, and back", async () => {
    const root = await makeCliWorkspace();
    const {id} = await cosmosJson<RunDocument>(['run', 'request.json', '--model', 'copy'], {cwd: root});
    const note = join(root, 'outputs', `run_${id}`, 'note.txt');
    await writeFile(note, 'mine');
    await cosmosJson(['delete', id], {cwd: root});
    assert.equal(existsSync(note), false);
    const listed = await cosmos(['gc', 'undo', '--list'], {cwd: root});
    assert.match(listed.stdout, new RegExp(`deleted runs/${id}`));
    await cosmosJson(['gc', 'undo'], {cwd: root});
    assert.equal(await readFile(note, 'utf8'), 'mine');
    assert.equal((await cosmosJson<RunDocument>(['show', id], {cwd: root})).status, 'completed');
  });

  it('lets go of a ref, whose blob is then garbage', async () => {
    const root = await makeCliWorkspace();
    const {ref} = await cosmosJson<{ref: string}>(['blob', 'put', 'text.txt'], {cwd: root});
    await cosmosJson(['delete', ref], {cwd: root});
    const {condemned} = await cosmosJson<{condemned: unknown[]}>(['gc', '--grace', '0'], {cwd: root});
    assert.equal(condemned.length, 1);
  });

  it('refuses a run that is pinned', async () => {
    const root = await makeCliWorkspace();
    const {id} = await cosmosJson<RunDocument>(['run', 'request.json', '--model', 'copy'], {cwd: root});
    await cosmosJson(['pin', id, '--name', 'client', '--reason', 'shown on Monday'], {cwd: root});
    const {code, stderr} = await cosmos(['delete', id], {cwd: root});
    assert.equal(code, 2);
    assert.match(stderr, /pinned as "client" by .+ \(shown on Monday\)\./);
  });
});
