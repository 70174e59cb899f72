import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {NormalRequest} from '../../../../src/runner/model.ts';
import {CITY, SMALL, writeClip} from '../../../media/clips.ts';
import {findingsOf} from '../../../support/findings.ts';
import {requestOf, type PathRequest} from '../../../support/request.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

// Videos are probed on demand; errors are compared by class, so everything has to come from the same loader.
const {transfer1} = await import('../../../../src/runner/models/transfer1/adapter.ts');

async function normalise(request: Partial<PathRequest>): Promise<NormalRequest> {
  return transfer1.normalise(await requestOf({source: CITY, prompt: 'rain', ...request}, transfer1.specHint));
}

function mistakesIn(request: Partial<PathRequest>): Promise<string[]> {
  return findingsOf(() => normalise(request));
}

describe('transfer1.normalise of a scene', () => {
  it('makes the whole spec for the target', async () => {
    const normal = await normalise({negative: 'sun', seed: 7});
    assert.deepEqual(normal.makeSpec('/box/jobs/1/inputs'), {
      prompt: 'rain',
      negative_prompt: 'sun',
      input_video_path: '/box/jobs/1/inputs/color.mp4',
      seed: 7,
      num_steps: 35,
      guidance: 5,
      sigma_max: 70,
      fps: 24,
      blur_strength: 'medium',
      canny_threshold: 'medium',
      vis: {control_weight: 0.25},
      edge: {control_weight: 0.25},
      depth: {control_weight: 0.25, input_control: '/box/jobs/1/inputs/depth.mp4'},
      seg: {control_weight: 0.25, input_control: '/box/jobs/1/inputs/segmentation.mp4'},
    });
    assert.equal(normal.kind, 'transfer');
    assert.deepEqual(normal.model, {family: 'transfer1', adapterVersion: 1});
    assert.deepEqual(normal.prompt, {text: 'rain', negative: 'sun'});
    assert.deepEqual(normal.warnings, []);
    assert.deepEqual(
      normal.inputs.map(({name, role, media}) => [name, role, media?.frames]),
      [
        ['color.mp4', 'color', 48],
        ['depth.mp4', 'depth', 48],
        ['segmentation.mp4', 'seg', 48],
      ],
    );
  });

  it('takes only the controls that were weighted', async () => {
    const {makeSpec, inputs, parameters} = await normalise({weights: {depth: 0.7, edge: 0}});
    const spec = makeSpec('inputs');
    assert.deepEqual(spec['depth'], {control_weight: 0.7, input_control: 'inputs/depth.mp4'});
    for (const hint of ['vis', 'edge', 'seg']) assert.equal(spec[hint], undefined, hint);
    assert.deepEqual(
      inputs.map(({role}) => role),
      ['color', 'depth'],
    );
    assert.deepEqual(parameters['weights'], {depth: 0.7});
  });

  it('sends the passes that a scene has, else none', async () => {
    const source = await temporaryFolder('scene');
    for (const name of ['color', 'edge']) await writeClip(join(source, `${name}.mp4`));
    const {makeSpec, inputs} = await normalise({
      source,
      weights: {edge: 0.4, depth: 0.3},
      set: {canny_threshold: 'low'},
    });
    const spec = makeSpec('inputs');
    assert.deepEqual(spec['edge'], {control_weight: 0.4, input_control: 'inputs/edge.mp4'});
    assert.deepEqual(spec['depth'], {control_weight: 0.3});
    assert.equal(spec['seg'], undefined);
    assert.deepEqual(
      inputs.map(({role}) => role),
      ['color', 'edge'],
    );
    const unweighted = (await normalise({source})).makeSpec('inputs');
    assert.deepEqual([unweighted['depth'], unweighted['seg']], [undefined, undefined]);
  });

  it('names what the automatic segmentation looks for', async () => {
    const source = await temporaryFolder('scene');
    await writeClip(join(source, 'color.mp4'));
    const set = {'seg.input_control_prompt': 'car . road'};
    const {makeSpec} = await normalise({source, weights: {seg: 1}, set});
    assert.deepEqual(makeSpec('i')['seg'], {control_weight: 1, input_control_prompt: 'car . road'});
  });

  it('records parameters under names that --set takes', async () => {
    const set = {
      'seg.input_control_prompt': 'car',
      num_gpus: 2,
      master_port: 2000,
      upsample_prompt: true,
      fps: 30,
    };
    const {parameters} = await normalise({weights: {seg: 0.5}, set});
    assert.deepEqual({...parameters, ...set}, parameters);
    const {weights, ...settable} = parameters;
    assert.deepEqual(weights, {seg: 0.5});
    assert.deepEqual((await normalise({weights: {seg: 0.5}, set: settable})).parameters, parameters);
  });

  it('takes every parameter from the command line', async () => {
    const set = {num_steps: 10, guidance: 7.5, sigma_max: 60, fps: 30, seed: 3, blur_strength: 'low'};
    const spec = (await normalise({set})).makeSpec('inputs');
    for (const [key, value] of Object.entries(set)) assert.equal(spec[key], value, key);
    assert.equal((await normalise({set, seed: 9})).makeSpec('inputs')['seed'], 9);
  });

  for (const [label, request, warning] of [
    ['weights above 1', {weights: {vis: 0.6, edge: 0.7}}, /the weights sum to 1\.3; Transfer1 scales them/],
    ['a Canny threshold', {set: {canny_threshold: 'low'}}, /canny_threshold has no effect: .* random/],
    ['another rate', {set: {fps: 12}}, /the input has 24 frames per second, .* plays slower; --set fps=24/],
    ['no prompt', {prompt: null}, /no prompt was given/],
  ] as const) {
    it(`warns of ${label}`, async () => {
      const {warnings} = await normalise(request);
      assert.equal(warnings.length, 1, warnings.join('\n'));
      assert.match(warnings[0] ?? '', warning);
    });
  }

  it('finds every mistake at once', async () => {
    const findings = await mistakesIn({
      prompt: ' ',
      weights: {fog: 1, edge: 1, hdmap: 0.5},
      set: {
        sharp: 1,
        num_steps: 0,
        seed: -1,
        fps: 'x',
        blur_strength: 2,
        num_gpus: 0,
        save_input_noise: 'yes',
      },
    });
    const words = [
      /no control "fog"/,
      /no parameter "sharp"/,
      /"num_gpus" must be a whole number from 1 to 64/,
      /"save_input_noise" must be true or false/,
      /"num_steps" must be a whole number of 1/,
      /"seed" must be .* 4294967295/,
      /"fps" must be/,
      /"blur_strength" must be one of very_low/,
      /the prompt is empty/,
      /hdmap belong to the driving model/,
      /"hdmap" needs an "input_control"/,
    ];
    for (const word of words) assert.match(findings.join('\n'), word);
    assert.equal(findings.length, words.length, findings.join('\n'));
  });

  it('compares the passes before anything is sent', async () => {
    const source = await temporaryFolder('scene');
    await writeClip(join(source, 'color.mp4'));
    await writeClip(join(source, 'depth.mp4'), {...SMALL, frames: 5});
    assert.deepEqual(await mistakesIn({source}), ['depth has 5 frames, color has 12']);
  });

  it('says once that the colour pass is missing', async () => {
    const source = await temporaryFolder('scene');
    assert.deepEqual(await mistakesIn({source}), [`there is no color.mp4 in ${source}`]);
  });

  it('refuses to run without any control', async () => {
    assert.match((await mistakesIn({weights: {vis: 0}})).join(), /no control has a weight above 0/);
  });
});

describe('transfer1.normalise of a spec file', () => {
  let folder = '';

  before(async () => {
    folder = await temporaryFolder('spec');
    await mkdir(join(folder, 'assets'));
    await writeClip(join(folder, 'assets', 'beauty.mp4'));
    await writeClip(join(folder, 'assets', 'z.mp4'));
    await writeClip(join(folder, 'assets', 'short.mp4'), {...SMALL, frames: 5});
    await writeFile(join(folder, 'assets', 'weight.pt'), 'tensor');
    await writeFile(join(folder, 'assets', 'boxes.json'), '[]');
  });

  async function write(value: unknown, path = join(folder, 'shot.json')): Promise<string> {
    await mkdir(join(path, '..'), {recursive: true});
    await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
    return path;
  }

  const SAMPLE = {
    prompt: 'a street',
    input_video_path: 'assets/beauty.mp4',
    edge: {},
    depth: {control_weight: '0.25', input_control: 'assets/z.mp4'},
  };

  it('sends its files and places them anew', async () => {
    const source = await write({
      ...SAMPLE,
      vis: {control_weight: 'assets/weight.pt'},
      seg: {control_weight: 0.1, ckpt_path: 'nvidia/Cosmos-Transfer1-7B/seg_control.pt'},
    });
    const {makeSpec, inputs, parameters, scene, warnings} = await normalise({source, prompt: null});
    assert.deepEqual(
      inputs.map(({name, role, content}) => [name, role, 'path' in content ? content.path : '']),
      [
        ['color.mp4', 'color', join(folder, 'assets/beauty.mp4')],
        ['vis-weight.pt', 'vis-weight', join(folder, 'assets/weight.pt')],
        ['depth.mp4', 'depth', join(folder, 'assets/z.mp4')],
      ],
    );
    const spec = makeSpec('/in');
    assert.equal(spec['input_video_path'], '/in/color.mp4');
    assert.deepEqual(spec['vis'], {control_weight: '/in/vis-weight.pt'});
    assert.deepEqual(spec['edge'], {control_weight: 0.5});
    assert.deepEqual(spec['depth'], {control_weight: 0.25, input_control: '/in/depth.mp4'});
    assert.deepEqual(spec['seg'], {
      control_weight: 0.1,
      ckpt_path: 'nvidia/Cosmos-Transfer1-7B/seg_control.pt',
    });
    assert.deepEqual(parameters['weights'], {edge: 0.5, depth: 0.25, seg: 0.1});
    assert.equal(parameters['vis.control_weight'], 'vis-weight.pt');
    assert.equal(scene?.name, 'shot');
    assert.deepEqual(warnings, []);
  });

  it('finds paths below another root', async () => {
    const source = await write(SAMPLE, join(folder, 'specs', 'deep', 'shot.json'));
    assert.equal((await mistakesIn({source})).length, 2);
    for (const root of [folder, '../..']) assert.deepEqual(await mistakesIn({source, set: {root}}), [], root);
  });

  it('lets the command line have the last word', async () => {
    const source = await write({...SAMPLE, seed: 3, guidance: 2});
    const {makeSpec, warnings} = await normalise({
      source,
      prompt: 'snow',
      weights: {depth: 0.9, edge: 0},
      set: {guidance: 4},
      seed: 9,
    });
    const spec = makeSpec('inputs');
    assert.deepEqual([spec['prompt'], spec['seed'], spec['guidance']], ['snow', 9, 4]);
    assert.deepEqual(spec['depth'], {control_weight: 0.9, input_control: 'inputs/depth.mp4'});
    assert.equal(spec['edge'], undefined);
    assert.deepEqual(warnings, []);
  });

  it('places the definitions of regions', async () => {
    const region = (definition: unknown): object => ({prompt: 'a car', region_definitions_path: definition});
    const long = join(folder, 'assets', 'long.mp4');
    await writeClip(long, {...SMALL, frames: 121});
    const source = await write({
      prompt: 'a street',
      input_video_path: 'assets/long.mp4',
      edge: {},
      regional_prompts: [region('assets/boxes.json'), region([0, 0, 0.5, 1])],
    });
    const {makeSpec, inputs} = await normalise({source});
    assert.deepEqual(makeSpec('/in')['regional_prompts'], [
      region('/in/region-1.json'),
      region([0, 0, 0.5, 1]),
    ]);
    assert.deepEqual(
      inputs.map(({role}) => role),
      ['color', 'region-1'],
    );
    const short = await write({...SAMPLE, regional_prompts: [region([0, 0, 0.5, 1])]});
    assert.deepEqual(await mistakesIn({source: short}), [
      'prompts for regions need 121 frames, color has 12',
    ]);
  });

  it('warns of everything that Transfer1 ignores', async () => {
    const source = await write({
      ...SAMPLE,
      num_video_frames: 121,
      video_save_name: 'mine',
      edge: {
        sigma_max: 70,
        control_weight_prompt: 'arms',
        ckpt_path: 'nvidia/Cosmos-Transfer2/edge_control.pt',
      },
      keypoint: {control_weight: 0},
      seg: {control_weight: 0.1, input_control_prompt: 'car', control_weight_prompt: 'car'},
    });
    const {warnings, makeSpec} = await normalise({source});
    const words = [
      /"video_save_name" is decided by cosmos/,
      /keypoint has weight 0 and was left out/,
      /unknown key "num_video_frames"/,
      /unknown key "edge\.sigma_max"/,
      /"edge\.control_weight_prompt" has no effect/,
      /"edge\.ckpt_path" is none of the published/,
    ];
    for (const word of words) assert.match(warnings.join('\n'), word);
    assert.equal(warnings.length, words.length, warnings.join('\n'));
    assert.equal(makeSpec('i')['video_save_name'], undefined);
  });

  it('finds every mistake at once, each once', async () => {
    const source = await write({
      prompt: 7,
      input_video_path: 'assets/gone.mp4',
      vis: 1,
      edge: {control_weight: 'much'},
      depth: {input_control: 'assets/short.mp4', control_weight: -1},
      seg: {input_control: 'assets/z.mp4'},
      upscale: {input_control: []},
      hdmap: {input_control: ['a.mp4', 'b.mp4']},
      fog: {control_weight: 1},
      batch_input_path: 'x.jsonl',
      regional_prompts: [{prompt: 'a'}, {prompt: 1, mask_prompt: 'b'}],
    });
    const words = [
      /"batch_input_path" is for batches/,
      /"prompt" must be a text/,
      /"vis" must be an object/,
      /"edge\.control_weight" must be a number/,
      /"depth\.control_weight" must be a number/,
      /"upscale\.input_control" must be the path/,
      /"fog" must be no object, as there is no such control/,
      /"regional_prompts\.1" must be an object with a prompt, and/,
      /"regional_prompts\.2\.prompt" must be a text/,
      /hdmap belong to the driving model/,
      /upscale must be the only control/,
      /"upscale\.input_control" is a list/,
      /"hdmap\.input_control" has 2 videos; there are 6 views/,
      /"input_video_path" has no effect: the program for several views/,
      /"regional_prompts" has no effect: the program for several views/,
      /"hdmap\.input_control number 1": .*a\.mp4 is not there/,
      /"hdmap\.input_control number 2": .*b\.mp4 is not there/,
      /gone\.mp4 is not there/,
      /seg has 12 frames, depth has 5/,
      /prompts for regions need 121 frames, depth has 5/,
    ];
    const findings = await mistakesIn({source, prompt: null});
    for (const word of words) assert.match(findings.join('\n'), word);
    assert.equal(findings.length, words.length, findings.join('\n'));
  });

  it('starts from noise only without an input video', async () => {
    const source = await write({prompt: 'x', depth: {input_control: 'assets/z.mp4'}, edge: {}});
    const findings = await mistakesIn({source});
    assert.deepEqual(findings, [
      'there is no input video ("input_video_path"), which needs a sigma_max of 80 or more',
      '"edge" needs an "input_control": there is no input video to compute it from',
    ]);
    const only = await write({prompt: 'x', depth: {input_control: 'assets/z.mp4'}});
    const {inputs} = await normalise({source: only, set: {sigma_max: 80}});
    assert.deepEqual(
      inputs.map(({role}) => role),
      ['depth'],
    );
  });

  for (const [label, text, code] of [
    ['a trailing comma', '{"prompt": "x",}', 'input.invalid'],
    ['a list', '[]', 'input.invalid'],
  ] as const) {
    it(`refuses ${label} with a hint`, async () => {
      await assert.rejects(normalise({source: await write(text)}), {code, hint: /A control spec looks like/});
    });
  }

  it('refuses a source that is not there', async () => {
    await assert.rejects(normalise({source: join(folder, 'gone')}), {code: 'file.unreadable'});
  });
});
