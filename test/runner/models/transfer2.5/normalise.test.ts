import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {NormalRequest} from '../../../../src/runner/model.ts';
import {CITY, SMALL, writeClip} from '../../../media/clips.ts';
import {findingsOf} from '../../../support/findings.ts';
import {requestOf, type PathRequest} from '../../../support/request.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

// Videos are probed on demand; errors are compared by class, so everything has to come from the same loader.
const {transfer25} = await import('../../../../src/runner/models/transfer2.5/adapter.ts');

async function normalise(request: Partial<PathRequest>): Promise<NormalRequest> {
  return transfer25.normalise(
    await requestOf({source: CITY, prompt: 'rain', ...request}, transfer25.specHint),
  );
}

const mistakes = (request: Partial<PathRequest>): Promise<string[]> => findingsOf(() => normalise(request));

describe('transfer2.5.normalise of a scene', () => {
  it('makes the whole spec for the target', async () => {
    const normal = await normalise({negative: 'sun', seed: 7});
    assert.deepEqual(normal.makeSpec('/box/inputs'), {
      name: 'output',
      prompt: 'rain',
      negative_prompt: 'sun',
      video_path: '/box/inputs/color.mp4',
      seed: 7,
      num_steps: 35,
      guidance: 3,
      resolution: '720',
      keep_input_resolution: true,
      num_video_frames_per_chunk: 93,
      num_conditional_frames: 1,
      show_control_condition: false,
      show_input: false,
      vis: {control_weight: 0.25},
      edge: {control_weight: 0.25},
      depth: {control_weight: 0.25, control_path: '/box/inputs/depth.mp4'},
      seg: {control_weight: 0.25, control_path: '/box/inputs/segmentation.mp4'},
    });
    assert.deepEqual(normal.model, {family: 'transfer2.5', adapterVersion: 1});
    assert.deepEqual(normal.parameters['weights'], {vis: 0.25, edge: 0.25, depth: 0.25, seg: 0.25});
    assert.equal(normal.parameters['seed'], 7);
  });

  it('writes every flag where the model reads it', async () => {
    const {makeSpec} = await normalise({
      weights: {vis: 0.5, edge: 0.5},
      flags: {
        steps: 12,
        guidance: 6,
        'sigma-max': 80,
        resolution: '480',
        'max-frames': 40,
        'canny-threshold': 'low',
        'blur-strength': 'high',
      },
    });
    const spec = makeSpec('i');
    assert.deepEqual(
      [spec['num_steps'], spec['guidance'], spec['sigma_max'], spec['resolution'], spec['max_frames']],
      [12, 6, '80', '480', 40],
    );
    assert.deepEqual(spec['edge'], {control_weight: 0.5, preset_edge_threshold: 'low'});
    assert.deepEqual(spec['vis'], {control_weight: 0.5, preset_blur_strength: 'high'});
  });

  it('refuses flags that would have no effect', async () => {
    const findings = await mistakes({
      weights: {depth: 1},
      flags: {fps: 30, 'canny-threshold': 'low', 'blur-strength': 'low'},
    });
    assert.deepEqual(findings, [
      '--fps: Transfer2.5 writes the result with the frame rate of the input',
      '--canny-threshold has no effect: edge is given, or none of the controls, and not computed by the model',
      '--blur-strength has no effect: vis is given, or none of the controls, and not computed by the model',
    ]);
  });

  it('does not make a control of a parameter', async () => {
    const findings = await mistakes({weights: {edge: 1}, set: {'seg.control_prompt': 'car'}});
    assert.deepEqual(findings, ['"seg.control_prompt" has no effect: seg is none of the controls']);
  });

  it('finds every mistake at once', async () => {
    const findings = await mistakes({
      prompt: null,
      weights: {fog: 1, edge: 2},
      set: {guidance: 3.5, resolution: '719', num_gpus: 0, nonsense: 1, seed: -1, sigma_max: 'much'},
    });
    for (const word of [
      /no control "fog"/,
      /no parameter "nonsense"/,
      /"num_gpus" must be a whole number from 1 to 64/,
      /there is no prompt; give --prompt/,
      /"guidance" must be a whole number from 0 to 7/,
      /"resolution" must be one of the texts/,
      /"seed" must be a whole number from 0 to 4294967295/,
      /"sigma_max" must be a number written as a text/,
      /"edge\.control_weight" must be a number from 0 to 1/,
    ])
      assert.match(findings.join('\n'), word);
    assert.equal(findings.length, 9, findings.join('\n'));
  });

  it('lets the distilled model have one chunk', async () => {
    const source = await temporaryFolder('long');
    await writeClip(join(source, 'color.mp4'), {...SMALL, frames: 94});
    const set = {checkpoint: 'edge/distilled'};
    const findings = await mistakes({source, weights: {edge: 1}, set});
    assert.match(findings.join(), /at most 93 frames, the video has 94; --max-frames 93 cuts it/);
    const normal = await normalise({source, weights: {edge: 1}, set, flags: {'max-frames': 93}});
    const plan = transfer25.plan(normal);
    assert.equal(plan.variables?.['COSMOS_EXPERIMENTAL_CHECKPOINTS'], '1');
    assert.match(
      (await mistakes({source, weights: {edge: 1, vis: 1}, set})).join(),
      /edge as the only control/,
    );
  });
});

describe('transfer2.5.normalise of a spec file', () => {
  let folder = '';

  before(async () => {
    folder = await temporaryFolder('spec');
    await mkdir(join(folder, 'media'));
    for (const name of ['a.mp4', 'e.mp4']) await writeClip(join(folder, 'media', name));
    await writeClip(join(folder, 'media', 'short.mp4'), {...SMALL, frames: 5});
    await writeFile(join(folder, 'media', 'prompt.txt'), 'a wet street\n');
  });

  const SAMPLE = {
    name: 'shot',
    prompt_path: 'media/prompt.txt',
    video_path: 'media/a.mp4',
    edge: {control_path: 'media/e.mp4', control_weight: 1},
  };

  async function write(value: object, name = 'shot.json'): Promise<string> {
    const path = join(folder, name);
    await mkdir(dirname(path), {recursive: true});
    await writeFile(path, JSON.stringify(value));
    return path;
  }

  it('sends what it names, under its own name', async () => {
    const normal = await normalise({source: await write(SAMPLE), prompt: null});
    assert.deepEqual(
      normal.inputs.map(({name, role}) => [name, role]),
      [
        ['color.mp4', 'color'],
        ['prompt.txt', 'prompt'],
        ['edge.mp4', 'edge'],
      ],
    );
    const spec = normal.makeSpec('/in');
    assert.equal(spec['prompt_path'], '/in/prompt.txt');
    assert.deepEqual(spec['edge'], {control_path: '/in/edge.mp4', control_weight: 1});
    assert.equal(normal.prompt?.text, 'a wet street');
    const {primaryOutput, outputs} = transfer25.plan(normal);
    assert.equal(primaryOutput, 'shot.mp4');
    assert.ok(outputs.some(({name}) => name === 'shot_control_edge.mp4'));
  });

  it('puts a prompt in the place of its file', async () => {
    const {makeSpec, inputs} = await normalise({source: await write(SAMPLE), prompt: 'snow'});
    assert.deepEqual([makeSpec('i')['prompt'], makeSpec('i')['prompt_path']], ['snow', undefined]);
    assert.ok(!inputs.some(({role}) => role === 'prompt'));
  });

  it('refuses what Transfer2.5 refuses, and names the nearest key', async () => {
    const source = await write({...SAMPLE, control_weigth: 1, output_dir: 'x', hdmap: {}, num_step: 3});
    const findings = await mistakes({source, prompt: null});
    assert.deepEqual(findings.toSorted(), [
      'unknown key "control_weigth"',
      'unknown key "hdmap"',
      'unknown key "num_step" (did you mean "num_steps"?)',
      'unknown key "output_dir"',
    ]);
  });

  it('warns of what Transfer2.5 drops without a word', async () => {
    const {warnings} = await normalise({
      source: await write({
        ...SAMPLE,
        edge: {...SAMPLE.edge, control_wieght: 1},
        vis: {control_weight: 0},
      }),
      prompt: null,
    });
    assert.match(
      warnings.join('\n'),
      /unknown key "edge\.control_wieght"; Transfer2\.5 ignores it \(did you mean "control_weight"\?\)/,
    );
    assert.match(warnings.join('\n'), /vis has weight 0 and was left out/);
  });

  it('compares the frames of every video', async () => {
    const edge = {control_path: 'media/short.mp4'};
    const findings = await mistakes({source: await write({...SAMPLE, edge}), prompt: null});
    assert.deepEqual(findings, ['edge has 5 frames, color has 12']);
  });

  it('names what is missing on the disk', async () => {
    const source = await write({...SAMPLE, image_context_path: 'style.png', depth: {mask_path: 'm.mp4'}});
    const findings = await mistakes({source, prompt: null});
    assert.equal(findings.length, 2, findings.join('\n'));
    assert.match(findings.join('\n'), /"image_context_path": .*style\.png is not there/);
    assert.match(findings.join('\n'), /"depth\.mask_path": .*m\.mp4 is not there/);
  });

  it('keeps style and vis apart', async () => {
    const source = await write({...SAMPLE, vis: {}, image_context_path: 'media/e.mp4'});
    assert.deepEqual(await mistakes({source, prompt: null}), [
      '"image_context_path" cannot be combined with vis',
    ]);
  });
});

describe('transfer2.5.plan', () => {
  it('starts Python on one GPU and torchrun on several', async () => {
    const one = transfer25.plan(await normalise({}));
    assert.deepEqual(one.argv, ['python', 'examples/inference.py', '-i', '{spec}', '-o', '{outputs}']);
    const four = transfer25.plan(
      await normalise({
        flags: {gpus: 4},
        set: {
          master_port: 29_501,
          offload_guardrail_models: true,
          disable_guardrails: true,
          checkpoint: 'edge',
        },
      }),
    );
    assert.deepEqual(four.argv, [
      ...['torchrun', '--nproc_per_node=4', '--master_port=29501', 'examples/inference.py'],
      ...['-i', '{spec}', '-o', '{outputs}', '--model', 'edge'],
      ...['--offload-guardrail-models', '--disable-guardrails'],
    ]);
    assert.equal(four.gpus, 4);
    assert.deepEqual(four.needs, ['checkout', 'gpu']);
  });
});
