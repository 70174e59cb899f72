import assert from 'node:assert/strict';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {Durations} from '../../src/workspace/durations.ts';
import {TimesLeft} from '../../src/workspace/times-left.ts';
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
    const times = new TimesLeft(workspace);
    assert.deepEqual(
      times.of(id),
      {leftMs: 10 * MINUTE, isOverdue: false},
      'counted from the start of the job',
    );
    now += 4 * MINUTE;
    assert.deepEqual(times.of(id), {leftMs: 6 * MINUTE, isOverdue: false});
    now += 7 * MINUTE;
    assert.deepEqual(times.of(id), {leftMs: null, isOverdue: true});
    await workspace.sightings.missed(id);
    assert.equal(times.of(id), undefined, 'it may have ended');
    const waits = await add({status: 'submitted'});
    assert.equal(times.of(waits), undefined);
    const stopping = await add({status: 'running', cancelRequested: {at: at(0), by: 'test'}});
    assert.equal(times.of(stopping), undefined);
    assert.equal(times.of(runId(999)), undefined);
  });
});
