import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {NormalRequest} from '../../../../src/runner/model.ts';
import {CITY, writeClip} from '../../../media/clips.ts';
import {findingsOf} from '../../../support/findings.ts';
import {requestOf, type PathRequest} from '../../../support/request.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

// Videos are probed on demand; errors are compared by class, so everything has to come from the same loader.
const {cosmos3} = await import('../../../../src/runner/models/cosmos3/adapter.ts');

async function normalise(request: Partial<PathRequest>): Promise<NormalRequest> {
  return cosmos3.normalise(await requestOf({source: CITY, prompt: 'rain', ...request}, cosmos3.specHint));
}

const mistakes = (request: Partial<PathRequest>): Promise<string[]> => findingsOf(() => normalise(request));

describe('cosmos3.normalise of a scene', () => {
  it('makes the whole spec for the target', async () => {
    const normal = await normalise({});
    assert.deepEqual(normal.makeSpec('/in'), {
      name: 'output',
      prompt: 'rain',
      vision_path: '/in/color.mp4',
      seed: 0,
      fps: 24,
      num_steps: 35,
      num_video_frames_per_chunk: 93,
      num_conditional_frames: 1,
      show_control_condition: false,
      show_input: false,
      blur: {weight: 0.25},
      edge: {weight: 0.25},
      depth: {weight: 0.25, control_path: '/in/depth.mp4'},
      seg: {weight: 0.25, control_path: '/in/segmentation.mp4'},
    });
    assert.equal(normal.parameters['seed'], 0);
  });

  it('calls vis blur, as the model does', async () => {
    const {makeSpec, parameters} = await normalise({weights: {vis: 0.5}, flags: {'blur-strength': 'none'}});
    assert.deepEqual(makeSpec('i')['blur'], {weight: 0.5, preset_blur_strength: 'none'});
    assert.deepEqual(parameters['weights'], {blur: 0.5});
  });

  it('takes the flags of a transfer', async () => {
    const {makeSpec, warnings} = await normalise({
      weights: {edge: 1},
      flags: {steps: 50, guidance: 2.5, 'sigma-max': 60, fps: 48, resolution: 480, 'max-frames': 30},
      set: {num_frames: 22, aspect_ratio: '16,9', control_guidance: 1.5},
    });
    const spec = makeSpec('i');
    assert.deepEqual(
      ['num_steps', 'guidance', 'sigma_max', 'fps', 'resolution', 'max_frames', 'num_frames'].map(
        (key) => spec[key],
      ),
      [50, 2.5, 60, 48, '480', 30, 22],
    );
    assert.deepEqual(warnings, [
      'fps is 48; Cosmos 3 was trained with 10 to 30',
      'num_frames is 22; Cosmos 3 works best with 24 to 400',
      'num_frames is 22; Cosmos 3 makes 25, one more than a multiple of 4',
    ]);
  });

  it('needs a rendered pass for what it cannot compute', async () => {
    const source = await temporaryFolder('scene');
    await writeClip(join(source, 'color.mp4'));
    assert.deepEqual(await mistakes({source, weights: {depth: 1}}), [
      '"depth.control_path" is missing; it must be the path of a video: Cosmos 3 cannot compute it',
    ]);
  });
});

describe('cosmos3.normalise of a spec file', () => {
  let folder = '';

  before(async () => {
    folder = await temporaryFolder('spec');
    await writeClip(join(folder, 'edge.mp4'));
    await writeFile(join(folder, 'prompt.json'), '{"scene": "a street"}');
    await writeFile(join(folder, 'negative.json'), '{"style": "cartoon"}');
  });

  async function write(value: object): Promise<string> {
    const path = join(folder, 'shot.json');
    await writeFile(path, JSON.stringify(value));
    return path;
  }

  const SAMPLE = {
    name: 'shot',
    model_mode: 'video2video',
    prompt_path: 'prompt.json',
    negative_prompt_file: 'negative.json',
    edge: {control_path: 'edge.mp4'},
  };

  it('records the texts of the files that it names', async () => {
    const {prompt, inputs, makeSpec} = await normalise({source: await write(SAMPLE), prompt: null});
    assert.deepEqual(prompt, {text: '{"scene": "a street"}', negative: '{"style": "cartoon"}'});
    assert.deepEqual(
      inputs.map(({name}) => name),
      ['prompt.json', 'negative_prompt.json', 'edge.mp4'],
    );
    assert.equal(makeSpec('/in')['negative_prompt_file'], '/in/negative_prompt.json');
  });

  it('refuses unknown keys everywhere', async () => {
    const source = await write({...SAMPLE, widht: 3, edge: {...SAMPLE.edge, control_weight: 1}});
    assert.deepEqual(await mistakes({source, prompt: null}), [
      'unknown key "widht"',
      'unknown key "edge.control_weight"',
    ]);
  });

  it('cannot compute edges of no video', async () => {
    assert.deepEqual(await mistakes({source: await write({...SAMPLE, edge: {}}), prompt: null}), [
      '"edge" needs a "control_path": there is no "vision_path" to compute it from',
    ]);
  });

  it('leaves an address to the target', async () => {
    const source = await write({...SAMPLE, vision_path: 'https://example.org/a.mp4'});
    const {makeSpec, warnings} = await normalise({source, prompt: null});
    assert.equal(makeSpec('/in')['vision_path'], 'https://example.org/a.mp4');
    assert.match(warnings.join(), /"vision_path" is an address/);
  });

  it('is no transfer in another mode', async () => {
    const findings = await mistakes({
      source: await write({...SAMPLE, model_mode: 'text2video'}),
      prompt: null,
    });
    assert.deepEqual(findings, ['"model_mode" must be "video2video": other modes are no transfers']);
  });
});

describe('cosmos3.plan', () => {
  it('starts torchrun with the preset that transfers need', async () => {
    const plan = cosmos3.plan(
      await normalise({
        flags: {gpus: 2},
        set: {checkpoint: 'Cosmos3-Super', offload_guardrail_models: true, no_diffusion_cache: true},
      }),
    );
    assert.deepEqual(plan.argv, [
      ...['torchrun', '--nproc-per-node=2', '-m', 'cosmos_framework.scripts.inference'],
      '--parallelism-preset=latency',
      ...['-i', '{spec}', '-o', '{outputs}', '--checkpoint-path', 'Cosmos3-Super'],
      ...['--offload-guardrail-models', '--no-diffusion-cache'],
    ]);
    assert.equal(plan.primaryOutput, 'output/vision.mp4');
    assert.ok(plan.outputs.some(({name}) => name === 'output/control_blur.mp4'));
  });
});
