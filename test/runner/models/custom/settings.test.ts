import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {JobPlan} from '../../../../src/runner/model.ts';
import {loadSettings} from '../../../../src/workspace/settings/load.ts';
import {requestOf} from '../../../support/request.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {findModel} = await import('../../../../src/workspace/models.ts');

async function load(text: string): Promise<Awaited<ReturnType<typeof loadSettings>>> {
  const workspaceFile = join(await temporaryFolder('models'), 'cosmos.toml');
  await writeFile(workspaceFile, text);
  return loadSettings({workspaceFile});
}

async function planOf(lines: string): Promise<JobPlan> {
  const outputs = 'outputs = [{name = "report.json", mediaType = "application/json"}]';
  const {settings} = await load(
    `[models.relight]\nargv = ["relight", "{checkpoints}"]\n${outputs}\n${lines}\n`,
  );
  const source = join(await temporaryFolder('request'), 'shot.json');
  await writeFile(source, '{}');
  const model = findModel('relight', settings, '/films');
  return model.plan(await model.normalise(await requestOf({source})));
}

describe('findModel', () => {
  it('hands image, mounts and GPUs to the plan', async () => {
    const plan = await planOf(
      'image = "relight:1"\nmounts = ["{workspace}/luts:/luts:ro", "C:\\\\data:/data"]\ngpus = 1\nworkdir = "{checkout}"',
    );
    assert.equal(plan.image, 'relight:1');
    assert.deepEqual(plan.mounts, [
      {source: '/films/luts', target: '/luts', isReadOnly: true},
      {source: 'C:\\data', target: '/data', isReadOnly: false},
    ]);
    assert.equal(plan.workdir, '{checkout}');
    assert.deepEqual(plan.needs, ['checkout', 'checkpoints', 'gpu']);
    assert.equal(plan.gpus, 1);
  });

  it('leaves out what a model does not ask for', async () => {
    const {image, mounts, workdir, needs, gpus} = await planOf('');
    assert.deepEqual(
      {image, mounts, workdir, needs, gpus},
      {image: null, mounts: [], workdir: null, needs: ['checkpoints'], gpus: 0},
    );
  });

  it('knows the models that come with cosmos', async () => {
    const {settings} = await load('');
    for (const name of ['preview', 'transfer1']) assert.ok(findModel(name, settings, '/'), name);
    assert.throws(() => findModel('transfer', settings, '/'), {
      code: 'usage.invalid',
      message: /did you mean "transfer1"/,
    });
  });

  for (const [label, line, message] of [
    ['a path of an image with blanks', 'image = "a b"', /"models\.relight\.image" must/],
    ['an option for an image', 'image = "--privileged"', /"models\.relight\.image" must/],
    ['a relative working folder', 'workdir = "tools"', /"models\.relight\.workdir" must be an absolute path/],
    ['a part of a GPU', 'gpus = 0.5', /"models\.relight\.gpus" must be a whole number/],
  ] as const) {
    it(`refuses ${label}`, async () => {
      await assert.rejects(planOf(line), {code: 'config.invalid', message});
    });
  }

  it('refuses a table with the name of its own', async () => {
    await assert.rejects(load('[models.transfer1]\nargv = ["a"]\noutputs = []\n'), {
      code: 'config.invalid',
      message: /the name "transfer1" belongs to the built-in model/,
    });
  });
});
