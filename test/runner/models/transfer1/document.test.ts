import assert from 'node:assert/strict';
import type {RunDocument} from '../../../../src/manifest/types.gen.ts';
import {CITY} from '../../../media/clips.ts';
import {requestOf} from '../../../support/request.ts';
import {makeRun} from '../../run-document.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {transfer1} = await import('../../../../src/runner/models/transfer1/adapter.ts');
const {validateDocument} = await import('../../../../src/manifest/validate.ts');

async function makeTransfer(): Promise<RunDocument & {plan: NonNullable<RunDocument['plan']>}> {
  const request = await requestOf({source: CITY, prompt: 'rain'});
  const normal = await transfer1.normalise(request);
  const {kind, model, parameters} = normal;
  const plan = transfer1.plan(normal);
  return {...makeRun({kind, model, parameters}), plan};
}

describe('a run document of transfer1', () => {
  it('is valid with all that its plan says', async () => {
    const run = await makeTransfer();
    assert.deepEqual(await validateDocument('runs', run, 'run'), run);
  });

  it('is valid without what earlier versions lacked', async () => {
    const run = await makeTransfer();
    const {argv, environment, outputs, timeoutMs} = run.plan;
    await validateDocument('runs', {...run, plan: {argv, environment, outputs, timeoutMs}}, 'run');
  });

  for (const [label, change] of [
    ['a need that no target can have', {needs: ['butter']}],
    ['less than no GPU', {gpus: -1}],
    ['a variable that is no text', {variables: {A: 1}}],
    ['a variable without a proper name', {variables: {'A=B': ''}}],
    ['a mount without a target', {mounts: [{source: '/a', isReadOnly: true}]}],
  ] as const) {
    it(`refuses ${label}`, async () => {
      const run = await makeTransfer();
      await assert.rejects(validateDocument('runs', {...run, plan: {...run.plan, ...change}}, 'run'), {
        code: 'document.invalid',
      });
    });
  }
});
