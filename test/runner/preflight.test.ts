import assert from 'node:assert/strict';
import {CosmosError} from '../../src/errors.ts';
import type {JobPlan} from '../../src/runner/model.ts';
import {preflight} from '../../src/runner/preflight.ts';
import type {TargetReport} from '../../src/runner/target-report.ts';
import type {JobSettings, Target} from '../../src/runner/target.ts';

const PLAN: JobPlan = {argv: ['run'], environment: [], outputs: [], timeoutMs: null};
const REPORT: TargetReport = {
  system: 'Linux',
  user: 'u',
  root: '/root',
  freeBytes: 100e9,
  isWritable: true,
  gpus: [],
  runtime: '27.0',
  image: null,
  canQueue: true,
  problems: [],
  warnings: ['a warning'],
};
const CONTAINER: JobSettings['container'] = {
  runtime: ['docker'],
  image: null,
  mounts: [],
  shm: null,
  ipc: null,
};

interface Case {
  plan?: Partial<JobPlan>;
  jobs?: Partial<JobSettings>;
  report?: Partial<TargetReport>;
  inputBytes?: number;
}

function check({plan = {}, jobs = {}, report = {}, inputBytes = 0}: Case): Promise<string[]> {
  const settings = {places: {}, environment: [], timeoutMs: null, container: null, ...jobs};
  const target = {
    name: 'box',
    jobs: settings,
    report: () => Promise.resolve({...REPORT, ...report}),
  } as unknown as Target;
  return preflight(target, {plans: [{...PLAN, ...plan}], inputBytes}).then(({warnings}) => warnings);
}

function refusesWith(...findings: RegExp[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof CosmosError);
    assert.equal(error.code, 'target.failed');
    for (const finding of findings) assert.match(error.message, finding);
    return true;
  };
}

describe('preflight', () => {
  it('passes on what may surprise', async () => {
    assert.deepEqual(await check({}), ['a warning']);
  });

  it('names every setting that the model needs', async () => {
    const plan: Partial<JobPlan> = {needs: ['checkout', 'checkpoints', 'gpu']};
    await assert.rejects(check({plan}), refusesWith(/"checkout" is not set/, /"checkpoints" is not set/));
    const places = {checkout: '/c', checkpoints: '/d'};
    assert.equal((await check({plan, jobs: {places}})).length, 1);
  });

  it('wants an image where containers run', async () => {
    await assert.rejects(check({jobs: {container: CONTAINER}}), refusesWith(/"image" is not set/));
    await check({jobs: {container: CONTAINER}, plan: {image: 'model:1'}});
    await assert.rejects(check({plan: {image: 'model:1'}}), refusesWith(/runs no containers/));
  });

  it('refuses a disk that is too full', async () => {
    await assert.rejects(
      check({report: {freeBytes: 2e9}, inputBytes: 1e9}),
      refusesWith(/needs about 2\.1 GB there; 2\.0 GB are free/),
    );
    await check({report: {freeBytes: 3e9}, inputBytes: 1e9});
    await check({report: {freeBytes: null}, inputBytes: 1e9});
  });

  it('says what the target says, all at once', async () => {
    const report = {problems: ['first', 'second']};
    await assert.rejects(check({report}), refusesWith(/- first\n {2}- second/));
  });

  it('asks for the files that the model requires', async () => {
    let asked: readonly string[] | undefined;
    const target = {
      name: 'box',
      jobs: {places: {checkout: '/code'}, environment: [], timeoutMs: null, container: null},
      report: (request: {files?: readonly string[]}) => {
        asked = request.files;
        return Promise.resolve(REPORT);
      },
    } as unknown as Target;
    await preflight(target, {plans: [{...PLAN, requires: ['{checkout}/run.py']}], inputBytes: 0});
    assert.deepEqual(asked, ['/code/run.py']);
  });

  it('counts GPUs where it can see them', async () => {
    const gpu = {index: 0, name: 'A', uuid: 'GPU-a', driver: '1'} as TargetReport['gpus'][number];
    await assert.rejects(
      check({plan: {gpus: 2}, report: {gpus: [gpu]}}),
      refusesWith(/needs 2 GPUs; there are 1/),
    );
    assert.match((await check({plan: {gpus: 1}})).join(), /no GPU was seen/);
    assert.deepEqual(await check({plan: {gpus: 1}, report: {gpus: [gpu]}}), ['a warning']);
  });
});
