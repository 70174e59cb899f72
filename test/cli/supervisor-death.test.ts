import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {identifyProcess} from '../../src/platform/process-identity.ts';
import {cosmos, cosmosJson, makeCliWorkspace} from '../support/cli.ts';

interface Row {
  summary: {id: string; status: string};
}

interface Identified {
  pid: number;
}

async function startDetached(root: string, model: string): Promise<{id: string; state: string}> {
  const run = await cosmosJson<RunDocument>(['run', 'request.json', '--model', model, '--detach'], {
    cwd: root,
  });
  assert.equal(run.status, 'running');
  return {id: run.id, state: join(root, 'work', 'local', 'jobs', run.id, 'attempts', '1', 'state')};
}

async function readUntil<T>(path: string): Promise<T> {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      return JSON.parse(await readFile(path, 'utf8')) as T;
    } catch {
      await sleep(50);
    }
  }
  throw new Error(`${path} never came`);
}

async function untilSaid(log: string, text: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await readFile(log, 'utf8').catch(() => '')).includes(text)) return;
    await sleep(50);
  }
  throw new Error(`${log} never said "${text}"`);
}

async function pidsOf(state: string): Promise<{supervisor: number; wrapper: number}> {
  const {supervisor} = await readUntil<{supervisor: Identified}>(join(state, 'started.json'));
  const {wrapper} = await readUntil<{wrapper: Identified}>(join(state, 'wrapper.json'));
  return {supervisor: supervisor.pid, wrapper: wrapper.pid};
}

async function endedRun(root: string): Promise<RunDocument> {
  const rows = await cosmosJson<Row[]>(['status', '--wait', '40'], {cwd: root});
  return cosmosJson<RunDocument>(['show', rows[0]?.summary.id ?? ''], {cwd: root});
}

describe('a dead supervisor', function () {
  this.timeout(90_000);

  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  it('alone is replaced, and the run ends with the truth', async () => {
    const root = await makeCliWorkspace();
    const {state} = await startDetached(root, 'slow');
    process.kill((await pidsOf(state)).supervisor, 'SIGKILL');
    const run = await endedRun(root);
    assert.equal(run.status, 'completed');
    assert.equal(run.execution.exitCode, 0);
    assert.equal(run.attempts.length, 1);
    assert.deepEqual(
      run.outputs.map(({name}) => name),
      ['copy.txt'],
    );
  });

  it('with its job gone too ends failed, with its log', async () => {
    const root = await makeCliWorkspace();
    const {id, state} = await startDetached(root, 'forever');
    const {supervisor, wrapper} = await pidsOf(state);
    await untilSaid(join(state, '..', 'log'), 'job: forever');
    process.kill(supervisor, 'SIGKILL');
    process.kill(-wrapper, 'SIGKILL');
    const run = await endedRun(root);
    assert.equal(run.status, 'failed');
    assert.equal(run.failure?.class, 'job.lost');
    assert.equal(run.failure.isRetryable, true);
    const {stdout} = await cosmos(['logs', id], {cwd: root});
    assert.match(stdout, /job: forever/);
  });

  it('does not keep a cancel from stopping the job', async () => {
    const root = await makeCliWorkspace();
    const {id, state} = await startDetached(root, 'forever');
    const {supervisor, wrapper} = await pidsOf(state);
    process.kill(supervisor, 'SIGKILL');
    const {code, stdout} = await cosmos(['cancel', id], {cwd: root});
    assert.equal(code, 0, stdout);
    const run = await endedRun(root);
    assert.equal(run.status, 'cancelled');
    assert.equal(identifyProcess(wrapper), undefined);
  });
});
