import assert from 'node:assert/strict';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {Durations} from '../../src/workspace/durations.ts';
import {Outlook, type Stall} from '../../src/workspace/outlook.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {makeRun, runId} from '../support/documents.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';

const MINUTE = 60_000;
const RELIGHT = {
  kind: 'custom',
  model: {family: 'custom', name: 'relight', adapterVersion: 1},
  parameters: {},
} as const;

describe('run times by history', function () {
  this.timeout(30_000);

  let workspace: Workspace;
  let count = 0;
  let now = Date.now();

  const add = async (change: Partial<RunDocument>): Promise<string> => {
    count += 1;
    await workspace.documents.create('runs', makeRun(runId(count), {...RELIGHT, ...change}));
    return runId(count);
  };
  const addCompleted = (minutes: number, steps: number, target = 'box'): Promise<string> =>
    add({
      status: 'completed',
      parameters: {seed: count, num_steps: steps, weights: {edge: 1}},
      execution: {target, launcher: 'posix', command: [], phaseMs: {running: minutes * MINUTE}},
    });
  const addRunning = (steps: number, control = 'edge', target = 'box'): Promise<string> =>
    add({
      status: 'running',
      parameters: {seed: count, num_steps: steps, weights: {[control]: 0.5}},
      execution: {target, launcher: 'posix', command: []},
      events: [
        ...[{seq: 1, at: at(-60), from: null, to: 'queued' as const, by: 'test', reason: ''}],
        ...[{seq: 2, at: at(0), from: 'submitted' as const, to: 'running' as const, by: 'test', reason: ''}],
      ],
    });
  const at = (minutes: number): string => new Date(now + minutes * MINUTE).toISOString();
  const minutesOf = (id: string): number | null => {
    const duration = new Durations(workspace.index).ofRun(workspace.index.getRun(id) ?? null);
    return duration === null ? null : duration / MINUTE;
  };

  beforeEach(async () => {
    workspace = await newWorkspace(undefined, {now: () => now});
  });

  after(closeWorkspaces);

  it('take the closest shape with enough runs', async () => {
    const run = await addRunning(35);
    assert.equal(minutesOf(run), null);
    for (const minutes of [50, 50, 50]) await addCompleted(minutes, 35, 'slow');
    assert.equal(minutesOf(run), 50);
    for (const minutes of [8, 8, 8]) await addCompleted(minutes, 10);
    assert.equal(minutesOf(run), 8, 'the model on the target');
    for (const minutes of [20, 22]) await addCompleted(minutes, 35);
    assert.equal(minutesOf(run), 8, 'two are not enough');
    await addCompleted(21, 35);
    assert.equal(minutesOf(run), 21, 'the same steps');
    assert.equal(minutesOf(await addRunning(35, 'depth')), 14, 'other controls');
    assert.equal(new Durations(workspace.index).ofRun(null), null);
  });

  it('say nothing of a load, which has more or fewer members', async () => {
    const load: Partial<RunDocument> = {kind: 'load', members: [runId(900)]};
    const execution = {target: 'box', launcher: 'posix', command: [], phaseMs: {running: MINUTE}};
    await add({...load, status: 'completed', execution});
    assert.equal(minutesOf(await add({...load, status: 'running', execution})), null);
  });

  it('are told of what runs, and not of what waits', async () => {
    await addCompleted(10, 35);
    const id = await addRunning(35);
    const outlook = new Outlook(workspace);
    assert.deepEqual(
      outlook.timeLeft(id),
      {leftMs: 10 * MINUTE, isOverdue: false},
      'counted from the start of the job',
    );
    now += 4 * MINUTE;
    assert.deepEqual(outlook.timeLeft(id), {leftMs: 6 * MINUTE, isOverdue: false});
    now += 7 * MINUTE;
    assert.deepEqual(outlook.timeLeft(id), {leftMs: null, isOverdue: true});
    await workspace.sightings.missed(id);
    assert.equal(outlook.timeLeft(id), undefined, 'it may have ended');
    const waits = await add({status: 'submitted'});
    assert.equal(outlook.timeLeft(waits), undefined);
    const stopping = await add({status: 'running', cancelRequested: {at: at(0), by: 'test'}});
    assert.equal(outlook.timeLeft(stopping), undefined);
    assert.equal(outlook.timeLeft(runId(999)), undefined);
  });

  it('count the share of the work that is done', async () => {
    await addCompleted(10, 35);
    const id = await addRunning(35);
    now += 5 * MINUTE;
    const leftMs = new Outlook(workspace).timeLeft(id, 0.9)?.leftMs ?? 0;
    assert.equal(Math.round(leftMs), 0.1 * 5 * MINUTE + 0.9 * (5 / 9) * MINUTE);
  });
});

describe('silence by history', function () {
  this.timeout(30_000);

  let workspace: Workspace;
  let count = 0;

  const add = async (change: Partial<RunDocument>, longestSilenceMs?: number): Promise<string> => {
    count += 1;
    const execution = {target: 'box', launcher: 'posix', command: []};
    const silence = longestSilenceMs === undefined ? {} : {longestSilenceMs};
    const run = {...RELIGHT, execution: {...execution, ...silence}, ...change};
    await workspace.documents.create('runs', makeRun(runId(count), run));
    return runId(count);
  };
  const stallOf = (id: string): Stall | undefined => new Outlook(workspace).stall(id);

  beforeEach(async () => {
    workspace = await newWorkspace();
  });
  after(closeWorkspaces);

  it('is worth a word when it is longer than any before of the model', async () => {
    const id = await add({status: 'running'});
    await workspace.sightings.saw(id, {silentMs: 9 * MINUTE});
    assert.equal(stallOf(id), undefined, 'nobody knows what is usual');
    await add({status: 'completed'}, 3 * MINUTE);
    await add({status: 'completed'}, 2 * MINUTE);
    await add({status: 'failed'}, 60 * MINUTE);
    await add({status: 'completed', model: {...RELIGHT.model, name: 'other'}}, 30 * MINUTE);
    await add({status: 'completed'});
    assert.deepEqual(stallOf(id), {silentMs: 9 * MINUTE, longestMs: 3 * MINUTE});
    await add({status: 'completed'}, 9 * MINUTE - 9000);
    assert.equal(stallOf(id), undefined, 'as long as one before, as far as it is known');
  });

  it("is nobody's trouble while it is short, and says nothing where it cannot be seen", async () => {
    await add({status: 'completed'}, 100);
    const id = await add({status: 'running'});
    assert.equal(stallOf(id), undefined);
    await workspace.sightings.saw(id, {silentMs: 30_000});
    assert.equal(stallOf(id), undefined);
    const other = await add({status: 'running'});
    await workspace.sightings.saw(other, {silentMs: MINUTE});
    assert.ok(stallOf(other));
    await workspace.sightings.missed(other);
    assert.equal(stallOf(other), undefined, 'it may have ended');
    const stopping = await add({
      status: 'running',
      cancelRequested: {at: '2026-01-02T03:04:05.000Z', by: 'test'},
    });
    await workspace.sightings.saw(stopping, {silentMs: MINUTE});
    assert.equal(stallOf(stopping), undefined);
  });
});
