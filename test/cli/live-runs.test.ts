import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdir, writeFile} from 'node:fs/promises';
import {LiveRuns} from '../../src/cli/live-runs.ts';
import {watchRuns, type WatchEvent} from '../../src/cli/watch-runs.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {pathsOf} from '../../src/runner/attempt.ts';
import type {RunnerContext} from '../../src/runner/context.ts';
import type {Launcher, Target} from '../../src/runner/target.ts';
import type {Stall} from '../../src/workspace/outlook.ts';
import {makeRunner} from '../../src/workspace/runner.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {Targets} from '../../src/workspace/targets.ts';
import {cosmosJson, makeCliWorkspace, outcomeOf, startCosmos} from '../support/cli.ts';
import {AT, makeRun, runId} from '../support/documents.ts';
import {until} from '../support/remote.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';

const NEVER = new AbortController().signal;

function completedRun(name: string, running: number): RunDocument {
  const measured = {phaseMs: {running}, longestSilenceMs: 1000};
  return makeRun(runId(1), {
    ...{kind: 'custom', status: 'completed', parameters: {}},
    model: {family: 'custom', name, adapterVersion: 1},
    execution: {target: 'local', launcher: 'process', command: [], ...measured},
  });
}

/** Of a workspace, with a supervisor that hears nothing of any job for so long. */
function contextOf(workspace: Workspace, silence?: () => number): RunnerContext {
  const targets = new Targets(workspace, {env: {}, home: workspace.root});
  const context = makeRunner(workspace, {targets, actor: 'test', onTrouble: (text) => assert.fail(text)});
  if (!silence) return context;
  const targetOf = async (run: RunDocument): Promise<Target> => {
    const target = await context.targetOf(run);
    const look: Launcher['look'] = async (paths) => ({
      ...(await target.launcher.look(paths)),
      silentMs: silence(),
    });
    return {...target, launcher: {...target.launcher, look}};
  };
  return {...context, targetOf};
}

describe('LiveRuns.settle', function () {
  this.timeout(60_000);

  after(closeWorkspaces);

  it('lets a run go that can only be waited for', async () => {
    const cwd = await makeCliWorkspace();
    const {id} = await cosmosJson<RunDocument>(['run', 'request.json', '--model', 'forever', '--detach'], {
      cwd,
    });
    const workspace = await newWorkspace(cwd);
    await workspace.documents.create('runs', completedRun('forever', 3_600_000));
    const runs = new LiveRuns(contextOf(workspace));
    await runs.settle(NEVER, {isPatient: false});
    const [row] = runs.read().rows;
    assert.equal(row?.summary.status, 'running');
    const leftMs = row.timeLeft?.leftMs ?? 0;
    assert.ok(leftMs > 3_500_000 && leftMs <= 3_600_000, String(leftMs));
    const attached = startCosmos(['attach', id], {cwd});
    const left = outcomeOf(attached);
    assert.ok(attached.stderr);
    await once(attached.stderr, 'data');
    attached.kill('SIGINT');
    assert.match((await left).stderr, / {2}about (59 m \d\d s|1 h 00 m) left$/m);
    await runs.cancel(id);
    await runs.settle(NEVER, {isPatient: true});
    assert.equal((await workspace.documents.read('runs', id)).status, 'cancelled');
  });
});

describe('more runs than Node expects to wait for one signal', function () {
  this.timeout(60_000);
  const RUNS = 12;

  after(closeWorkspaces);

  /** A workspace whose runs are seen at work, with nobody who does it, and how often that was looked at. */
  async function busyContext(): Promise<{context: RunnerContext; countLooks: () => number}> {
    const workspace = await newWorkspace(await makeCliWorkspace());
    const base = contextOf(workspace);
    let looks = 0;
    const look: Launcher['look'] = () => {
      looks += 1;
      return Promise.resolve({state: 'alive'});
    };
    const targetOf = async (run: RunDocument): Promise<Target> => {
      const target = await base.targetOf(run);
      return {...target, launcher: {...target.launcher, look}};
    };
    for (let number = 1; number <= RUNS; number += 1) {
      const run = makeRun(runId(number), {status: 'running', attempts: [{number: 1, at: AT}]});
      const paths = pathsOf(run, await base.targetOf(run));
      await mkdir(paths.state, {recursive: true});
      await writeFile(paths.wrapper, '');
      await workspace.documents.create('runs', run);
    }
    return {context: {...base, targetOf}, countLooks: () => looks};
  }

  /** What Node has to say while the work goes on, until every run was looked at. */
  async function warningsOf(
    countLooks: () => number,
    work: (stop: AbortSignal) => Promise<void>,
  ): Promise<string[]> {
    const warnings: string[] = [];
    const listen = ({message}: Error): void => void warnings.push(message);
    process.on('warning', listen);
    const leaving = new AbortController();
    const working = work(leaving.signal);
    try {
      await until(() => countLooks() >= 2 * RUNS);
    } finally {
      leaving.abort();
      await working;
      process.off('warning', listen);
    }
    return warnings;
  }

  it('are carried on without a warning', async () => {
    const {context, countLooks} = await busyContext();
    const runs = new LiveRuns(context);
    const warnings = await warningsOf(countLooks, (stop) => runs.settle(stop, {isPatient: true}));
    assert.deepEqual(warnings, []);
  });

  it('are watched without a warning', async () => {
    const {context, countLooks} = await busyContext();
    const warnings = await warningsOf(countLooks, (signal) =>
      watchRuns(context, {signal, isUntilIdle: false, onEvent: () => undefined}),
    );
    assert.deepEqual(warnings, []);
  });
});

describe('a run that may hang', function () {
  this.timeout(60_000);

  after(closeWorkspaces);

  it('is called so by everybody who looks, and goes on', async () => {
    const cwd = await makeCliWorkspace();
    const words = ['run', 'request.json', '--model', 'forever', '--detach'];
    const {id} = await cosmosJson<RunDocument>(words, {cwd});
    const workspace = await newWorkspace(cwd);
    await workspace.documents.create('runs', completedRun('forever', 60_000));
    let silentMs = 300_000;
    const context = contextOf(workspace, () => silentMs);
    const events: WatchEvent[] = [];
    const leaving = new AbortController();
    const {signal} = leaving;
    const watching = watchRuns(context, {signal, isUntilIdle: false, onEvent: (event) => events.push(event)});
    try {
      await until(() => events.length > 0);
      const [first] = events;
      assert.deepEqual([first?.run, first?.to, first?.isSilent], [id, null, true]);
      assert.match(first?.reason ?? '', /^may hang: silent for longer than ever \(1 s\)$/);
      const stall = {silentMs, longestMs: 1000};
      assert.deepEqual((await cosmosJson<{stall?: Stall}>(['show', id], {cwd})).stall, stall);
      const live = new LiveRuns(context);
      await live.refresh({isOffline: true});
      assert.deepEqual(live.read().rows[0]?.stall, stall);
      silentMs = 0;
      await until(() => events.length > 1);
      const [, second] = events;
      assert.deepEqual(
        [second?.reason, second?.isSilent],
        ['something is heard of the job again', undefined],
      );
    } finally {
      leaving.abort();
      await watching;
      await cosmosJson(['cancel', id], {cwd});
    }
    assert.equal((await workspace.documents.read('runs', id)).status, 'cancelled');
    assert.equal(events.length, 2);
  });
});
