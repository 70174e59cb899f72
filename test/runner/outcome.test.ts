import assert from 'node:assert/strict';
import {classifyEnd} from '../../src/runner/classify.ts';
import type {Collected} from '../../src/runner/collect.ts';
import type {ExitRecord} from '../../src/runner/job.ts';
import type {Model} from '../../src/runner/model.ts';
import {judge} from '../../src/runner/outcome.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {endedCustomModel} from '../../src/runner/models/custom/adapter.ts';
import {makeExit, makeRun} from './run-document.ts';

const CANCEL = {at: '2026-01-02T03:04:05.000Z', by: 'test', reason: 'wrong seed'};
const PLAN: NonNullable<RunDocument['plan']> = {
  argv: ['x'],
  environment: [],
  outputs: [{name: 'out.txt', role: 'output', mediaType: 'text/plain', isRequired: true}],
  timeoutMs: null,
};
const FILE = {name: 'out.txt', size: 3, mediaType: 'text/plain', path: '/nowhere'};

function judged(
  exit: Partial<ExitRecord>,
  run: Partial<RunDocument> = {},
  files = [FILE],
  altered: Collected['altered'] = [],
) {
  const collected: Collected = {
    exit: makeExit(exit),
    log: null,
    logTail: [],
    remarks: [],
    outputs: [],
    refused: [],
    altered,
    files,
    container: {},
  };
  return judge(makeRun({status: 'collecting', plan: PLAN, ...run}), collected, endedCustomModel);
}

describe('judge', () => {
  it('completes a clean exit with its outputs', async () => {
    assert.equal((await judged({})).to, 'completed');
  });

  it('fails a clean exit without them', async () => {
    const {to, failure} = await judged({}, {}, []);
    assert.equal(to, 'failed');
    assert.equal(failure?.class, 'outputs.wrong');
  });

  it('completes what ended well before the wish to cancel arrived', async () => {
    assert.equal((await judged({}, {cancelRequested: CANCEL})).to, 'completed');
  });

  it('cancels only what was stopped', async () => {
    const stopped = await judged({reason: 'cancel', rc: null}, {cancelRequested: CANCEL});
    assert.deepEqual(stopped, {to: 'cancelled', reason: 'wrong seed', failure: null});
    assert.equal((await judged({reason: 'lost', rc: null}, {cancelRequested: CANCEL})).to, 'cancelled');
    for (const exit of [{rc: 7}, {reason: 'timeout', rc: null}, {reason: 'no-space', rc: null}] as const)
      assert.equal((await judged(exit, {cancelRequested: CANCEL})).to, 'failed');
  });

  it('tries again what never started, three times at most', async () => {
    const never = {reason: 'lost', rc: null, isStarted: false} as const;
    const attempts = [1, 2, 3].map((number) => ({number, at: CANCEL.at}));
    assert.equal((await judged(never, {attempts: attempts.slice(0, 1)})).to, 'preparing');
    assert.equal((await judged(never, {attempts: attempts.slice(0, 2)})).to, 'preparing');
    assert.equal((await judged(never, {attempts})).to, 'failed');
    assert.equal((await judged({...never, isStarted: true})).to, 'failed');
    assert.equal((await judged(never, {cancelRequested: CANCEL})).to, 'cancelled');
  });

  it('tries again what the machine failed, if allowed', async () => {
    const lost = {reason: 'lost', rc: null} as const;
    const attempts = [1, 2].map((number) => ({number, at: CANCEL.at}));
    const plan = {...PLAN, retries: 1};
    assert.equal((await judged(lost, {plan, attempts: attempts.slice(0, 1)})).to, 'preparing');
    assert.equal((await judged(lost, {plan, attempts})).to, 'failed');
    assert.equal((await judged({rc: 7}, {plan, attempts: attempts.slice(0, 1)})).to, 'failed');
    assert.equal(
      (await judged(lost, {plan, attempts: attempts.slice(0, 1), cancelRequested: CANCEL})).to,
      'cancelled',
    );
  });

  it('tells what was changed from what the job did', async () => {
    const lost = {path: 'outputs/out.txt', expected: 'sha256:1', found: null};
    const altered = [lost];
    const changed = await judged({}, {}, [], altered);
    assert.deepEqual([changed.to, changed.failure?.class], ['failed', 'outputs.changed']);
    assert.deepEqual(changed.failure?.evidence, [
      'outputs/out.txt: expected sha256:1, found nothing that could be it',
    ]);
    const other = await judged({}, {}, [], [{...lost, path: 'outputs/extra.txt'}]);
    assert.equal(other.failure?.class, 'outputs.wrong');
    assert.equal((await judged({rc: 7}, {}, [], altered)).failure?.class, 'job.exit');
  });

  it('believes the model about success, not the exit code', async () => {
    const guarded: Model = {
      ...endedCustomModel,
      classify: (end) => classifyEnd({...end, exit: {...end.exit, rc: 1}}),
    };
    const collected: Collected = {
      exit: makeExit(),
      log: null,
      logTail: [],
      remarks: [],
      outputs: [],
      refused: [],
      altered: [],
      files: [FILE],
      container: {},
    };
    assert.equal((await judge(makeRun({plan: PLAN}), collected, guarded)).to, 'failed');
  });
});
