import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import type {FlagName, Parameter} from '../../../src/runner/models/parameters.ts';
import type {RunParts} from '../../../src/runner/create.ts';
import type {Model, RunRequest} from '../../../src/runner/model.ts';
import {writeClip} from '../../media/clips.ts';
import {findingsOf} from '../../support/findings.ts';
import {requestOf} from '../../support/request.ts';
import {temporaryFolder} from '../../support/temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {valueAt} = await import('../../../src/runner/json.ts');
const {preview} = await import('../../../src/runner/models/preview/adapter.ts');
const {transfer1} = await import('../../../src/runner/models/transfer1/adapter.ts');
const {transfer25} = await import('../../../src/runner/models/transfer2.5/adapter.ts');
const {cosmos3} = await import('../../../src/runner/models/cosmos3/adapter.ts');
const {upscale} = await import('../../../src/runner/models/upscale/adapter.ts');
const {FLAG_NAMES} = await import('../../../src/runner/models/parameters.ts');
const {commonRequest} = await import('../../../src/cli/common-run.ts');
const {requestOfItem} = await import('../../../src/workspace/batch-request.ts');
const {planRun} = await import('../../../src/runner/create.ts');
const {joinRuns} = await import('../../../src/runner/sharing/join.ts');
const {PLAIN_REQUEST} = await import('../../../src/workspace/start-run.ts');

const MODELS: Record<string, Model> = {preview, transfer1, 'transfer2.5': transfer25, cosmos3, upscale};
const PRESETS = ['very_low', 'low', 'medium', 'high', 'very_high'];
/** Why a model takes no map of weights. */
const NO_MAPS: Record<string, string> = {
  preview: 'a preview mixes its controls by numbers',
  'transfer2.5':
    'Transfer2.5 reads no maps of weights; name a mask in the spec ("mask_path": a video, white where the control counts), or give --set CONTROL.mask_prompt',
  cosmos3: 'Cosmos 3 has one weight for the whole video of a control and takes neither maps nor masks',
};
const small = fc.integer({min: 1, max: 7});

/** Values that every family of a key accepts. */
const VALUES: Record<string, fc.Arbitrary<unknown>> = {
  num_steps: fc.integer({min: 1, max: 200}),
  guidance: small,
  sigma_max: fc.integer({min: 1, max: 79}),
  seed: fc.integer({min: 0, max: 4_294_967_295}),
  fps: fc.integer({min: 1, max: 120}),
  resolution: fc.constantFrom('256', '480', '720'),
  max_frames: fc.integer({min: 1, max: 90}),
  blur_strength: fc.constantFrom(...PRESETS),
  canny_threshold: fc.constantFrom(...PRESETS),
  // One GPU may need no word at all.
  num_gpus: fc.integer({min: 2, max: 8}),
  master_port: fc.integer({min: 1024, max: 65_535}),
  control_weight: fc.constantFrom(0.1, 0.7, 1),
  control_guidance: small,
  shift: small,
  aspect_ratio: fc.constantFrom('1,1', '16,9'),
  num_frames: small,
  num_video_frames_per_chunk: fc.integer({min: 9, max: 121}),
  num_conditional_frames: fc.constantFrom(0, 1, 2),
  context_frame_index: small,
  guided_generation_step_threshold: small,
};

function valuesOf({key, takes, default: fallback}: Parameter): fc.Arbitrary<unknown> {
  if (Array.isArray(takes))
    return fc.constantFrom(...(takes as unknown[])).filter((value) => value !== 'edge/distilled');
  const known = VALUES[key];
  if (known) return known;
  if (takes === 'switch' || typeof fallback === 'boolean') return fc.boolean();
  return fc.constantFrom('a car', 'road and sky');
}

/** Where the value is found again: in the spec as it was sent, or among the words of the command line. */
function hasArrived(
  {key, at, isText}: Parameter,
  value: unknown,
  {spec, argv}: {spec: Record<string, unknown>; argv: readonly string[]},
): boolean {
  if ('spec' in at) {
    const sent = valueAt(spec, at.spec.split('.'));
    return sent === (isText === true ? String(value) : value);
  }
  const {option} = at;
  if (typeof value === 'boolean') return argv.includes(option) === value;
  const index = argv.indexOf(option);
  return (
    argv.includes(`${option}=${String(value)}`) ||
    (index >= 0 && argv[index + 1] === String(value)) ||
    key === ''
  );
}

/** Of the second run of a job of two: its own, or the one of all. */
function specOfSecond({normal}: RunParts): Record<string, unknown> {
  const {inputs} = normal;
  const file = ['2/spec.json', 'spec.json'].flatMap(
    (name) => inputs.find((each) => each.name === name) ?? [],
  )[0];
  assert.ok(file && 'make' in file.content);
  return JSON.parse(Buffer.from(file.content.make('inputs')).toString('utf8')) as Record<string, unknown>;
}

describe('flags of cosmos run that are no parameters', () => {
  it('has --upscale from a flag and a batch', () => {
    const given = {controls: 'model', repeat: 1, share: true, upscale: true};
    assert.equal(commonRequest(given).upscale, true);
    for (const upscale of [true, false]) {
      const common = {...PLAIN_REQUEST, source: 'city', folder: '/', upscale: !upscale};
      assert.equal(requestOfItem(common, {where: 'line 1', fields: {upscale}}, []).upscale, upscale);
      assert.equal(requestOfItem(common, {where: 'line 2', fields: {}}, []).upscale, !upscale);
    }
  });
});

for (const [name, model] of Object.entries(MODELS)) {
  describe(`parameters of ${name}`, () => {
    let source = '';

    before(async () => {
      source = await temporaryFolder('scene');
      await writeClip(join(source, 'color.mp4'));
      if (name === 'cosmos3') await writeClip(join(source, 'segmentation.mp4'));
    });

    /** The control that a parameter acts on, or any. */
    function weightsFor({actsOn, at}: Parameter): Record<string, number> {
      if (name === 'upscale') return {};
      const [member = ''] = 'spec' in at && at.spec.includes('.') ? at.spec.split('.') : [];
      const control = actsOn ?? (member === '' ? 'edge' : member);
      return {[control]: 0.5};
    }

    async function check(parameter: Parameter, value: unknown, request: RunRequest): Promise<void> {
      const planned = await planRun(model, request);
      const {normal, spec, plan} = planned;
      const {key, isText} = parameter;
      assert.ok(
        hasArrived(parameter, value, {spec, argv: plan.argv}),
        `${key}=${String(value)} is in ${JSON.stringify(spec)} or ${plan.argv.join(' ')}`,
      );
      const {sharing} = model;
      if (sharing && sharing.keyOf(normal) !== undefined) {
        const batch = joinRuns(sharing, [planned, planned], null);
        const sent = {spec: specOfSecond(batch), argv: batch.plan.argv};
        assert.ok(
          hasArrived(parameter, value, sent),
          `${key}=${String(value)} is in ${JSON.stringify(sent)}`,
        );
      }
      assert.deepEqual(normal.parameters[key], isText === true ? String(value) : value, `${key} is recorded`);
    }

    for (const parameter of model.table?.parameters ?? []) {
      const {key, flag} = parameter;
      it(`${key} arrives from --set, a flag and a batch`, async () => {
        await fc.assert(
          fc.asyncProperty(valuesOf(parameter), async (value) => {
            const base = await requestOf({source, prompt: 'rain', weights: weightsFor(parameter)});
            await check(parameter, value, {...base, set: {[key]: value}});
            if (flag !== undefined) await check(parameter, value, {...base, flags: {[flag]: value}});
            if (key === 'seed') await check(parameter, value, {...base, seed: Number(value)});
            const item = requestOfItem(
              {...PLAIN_REQUEST, folder: '/', ...base, source},
              {where: 'line 1', fields: {[flag ?? key]: value}},
              [],
            );
            await check(parameter, value, {...item, source: base.source});
          }),
          {numRuns: 6},
        );
      });
    }

    it('takes a map as a weight or says why not', async () => {
      const control = name === 'upscale' ? 'upscale' : 'edge';
      const map = join(source, 'map.pt');
      await writeFile(map, 'tensor');
      const request = await requestOf({source, prompt: 'rain', weights: {[control]: map}});
      const reason = NO_MAPS[name];
      if (reason !== undefined) {
        assert.deepEqual(await findingsOf(() => model.normalise(request)), [
          `--weights ${control}: ${reason}`,
        ]);
        return;
      }
      const {spec, normal} = await planRun(model, request);
      const input = normal.inputs.find(({role}) => role === `${control}-weight`);
      assert.deepEqual(input?.content, {path: map});
      assert.equal(valueAt(spec, [control, 'control_weight']), `inputs/${input.name}`);
      assert.equal(normal.parameters[`${control}.control_weight`], input.name);
      const wrong = {...request, weights: {[control]: join(source, 'gone.pt')}};
      assert.match((await findingsOf(() => model.normalise(wrong))).join(), /gone\.pt is not there$/);
    });

    it('knows every flag or says why not', async () => {
      const {table} = model;
      assert.ok(table);
      for (const flag of FLAG_NAMES) {
        const isTaken = table.parameters.some((each) => each.flag === flag);
        assert.ok(
          isTaken !== (table.refused[flag] !== undefined),
          `--${flag} is taken or refused with a reason`,
        );
        if (!isTaken) await assert.rejects(refusal(flag), {message: new RegExp(`--${flag}: `)});
      }
    });

    async function refusal(flag: FlagName): Promise<unknown> {
      const base = await requestOf({source, prompt: 'rain', weights: name === 'upscale' ? {} : {edge: 1}});
      return model.normalise({...base, flags: {[flag]: 5}});
    }
  });
}
