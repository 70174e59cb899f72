import assert from 'node:assert/strict';
import {posix} from 'node:path';
import {makeJob} from '../../src/runner/make-job.ts';
import type {JobPlan} from '../../src/runner/model.ts';
import type {JobSettings, Target} from '../../src/runner/target.ts';
import {makeRun} from './run-document.ts';

const CONTAINER: NonNullable<JobSettings['container']> = {
  runtime: ['docker'],
  image: 'target:1',
  mounts: [{source: '/data', target: '/data', isReadOnly: true}],
  shm: '8g',
  ipc: 'host',
};

function targetWith(jobs: Partial<JobSettings>): Target {
  const settings = {places: {}, environment: [], timeoutMs: null, container: null, ...jobs};
  return {
    name: 'box',
    join: (...parts: string[]) => posix.join(...parts),
    root: '/root',
    jobs: settings,
  } as unknown as Target;
}

const PLAN: JobPlan = {
  argv: ['run', '{checkout}/a.py', '{spec}'],
  environment: ['HF_TOKEN'],
  outputs: [],
  timeoutMs: null,
};

function jobOf(plan: Partial<JobPlan>, jobs: Partial<JobSettings>): ReturnType<typeof makeJob> {
  const run = makeRun({plan: {...PLAN, ...plan}, attempts: [{number: 1, at: '2026-01-01T00:00:00.000Z'}]});
  return makeJob(run, targetWith(jobs));
}

describe('makeJob', () => {
  const places = {checkout: '/code', checkpoints: '/code/checkpoints'};

  it('fills the places of the target', () => {
    const job = jobOf({workdir: '{checkout}', variables: {PYTHONPATH: '{checkout}'}}, {places});
    assert.equal(job.argv[1], '/code/a.py');
    assert.match(job.argv[2] ?? '', /^\/root\/jobs\/rs_[0-9a-f]+\/inputs\/spec\.json$/);
    assert.equal(job.workdir, '/code');
    assert.deepEqual(job.variables, {PYTHONPATH: '/code'});
  });

  it('drops a variable whose optional place is missing', () => {
    const variables = {HF_HOME: '{hfCache?}'};
    assert.deepEqual(jobOf({variables}, {places}).variables, {});
    assert.deepEqual(jobOf({variables}, {places: {...places, hfCache: '/hf'}}).variables, {HF_HOME: '/hf'});
  });

  it('passes on the variables of model and target once', () => {
    assert.deepEqual(jobOf({}, {places, environment: ['HF_TOKEN', 'OTHER']}).env, ['HF_TOKEN', 'OTHER']);
  });

  it('mounts a folder inside another only once', () => {
    const {container} = jobOf({}, {places, container: CONTAINER});
    assert.deepEqual(container?.mounts, [
      {source: '/code', target: '/code', isReadOnly: false},
      {source: '/data', target: '/data', isReadOnly: true},
    ]);
  });

  it('keeps a folder that only begins alike', () => {
    const {container} = jobOf({}, {places: {checkout: '/code', hfCache: '/code2'}, container: CONTAINER});
    assert.deepEqual(
      container?.mounts.map(({source}) => source),
      ['/code', '/code2', '/data'],
    );
  });

  it("prefers the model's image and limit", () => {
    const jobs = {places, container: CONTAINER, timeoutMs: 7000};
    assert.equal(jobOf({}, jobs).container?.image, 'target:1');
    assert.equal(jobOf({image: 'model:2'}, jobs).container?.image, 'model:2');
    assert.equal(jobOf({}, jobs).limits.timeoutMs, 7000);
    assert.equal(jobOf({timeoutMs: 5}, jobs).limits.timeoutMs, 5);
  });

  it('makes no container where the target runs none', () => {
    assert.equal(jobOf({image: 'model:2'}, {places}).container, null);
  });
});
