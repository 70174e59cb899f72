import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import type {NormalRequest} from '../../../../src/runner/model.ts';
import {CITY, SMALL, writeClip} from '../../../media/clips.ts';
import {findingsOf} from '../../../support/findings.ts';
import {PLAIN, requestOf, type PathRequest} from '../../../support/request.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

// Videos are probed on demand; errors are compared by class, so everything has to come from the same loader.
const {weightOf} = await import('../../../../src/runner/models/preview/facts.ts');
const {preview} = await import('../../../../src/runner/models/preview/adapter.ts');

const REQUEST = {...PLAIN, source: CITY};

async function normalise(request: PathRequest): Promise<NormalRequest> {
  return preview.normalise(await requestOf(request, preview.specHint));
}

function mistakesIn(request: Partial<PathRequest>): Promise<string[]> {
  return findingsOf(() => normalise({...REQUEST, ...request}));
}

describe('normalise of a scene', () => {
  it('gives every pass that is there or can be computed a quarter', async () => {
    const {parameters, inputs, makeSpec, scene} = await normalise(REQUEST);
    const spec = makeSpec('inputs');
    assert.deepEqual(parameters['weights'], {vis: 0.25, edge: 0.25, depth: 0.25, seg: 0.25});
    assert.deepEqual(
      inputs.map(({name, role}) => [name, role]),
      [
        ['color.mp4', 'color'],
        ['depth.mp4', 'depth'],
        ['segmentation.mp4', 'seg'],
      ],
    );
    assert.deepEqual(spec['depth'], {control_weight: 0.25, input_control: 'inputs/depth.mp4'});
    assert.deepEqual(spec['edge'], {control_weight: 0.25});
    assert.equal(scene?.name, 'city');
  });

  it('takes only what was weighted, and sends nothing else', async () => {
    const {parameters, inputs} = await normalise({...REQUEST, weights: {seg: 0.5, vis: 0}});
    assert.deepEqual(parameters['weights'], {vis: 0, edge: 0, depth: 0, seg: 0.5});
    assert.deepEqual(
      inputs.map(({role}) => role),
      ['color', 'seg'],
    );
  });

  it('scales weights above 1 and says so', async () => {
    const {parameters, makeSpec, warnings} = await normalise({...REQUEST, weights: {vis: 3, edge: 1}});
    const spec = makeSpec('inputs');
    assert.deepEqual(parameters['weights'], {vis: 3, edge: 1, depth: 0, seg: 0});
    assert.deepEqual(parameters['scaled_weights'], {vis: 0.75, edge: 0.25, depth: 0, seg: 0});
    assert.deepEqual(spec['vis'], {control_weight: 0.75});
    assert.match(warnings.join(), /the weights sum to 4; they were scaled to sum to 1/);
  });

  it('says when nothing has a weight', async () => {
    const {warnings} = await normalise({...REQUEST, weights: {vis: 0}});
    assert.match(warnings.join(), /the output is the colour pass/);
  });

  it('keeps texts and settings, and fills in the rest', async () => {
    const request = {...REQUEST, prompt: 'rain', negative: 'sun', set: {blur_strength: 'high'}, seed: 0};
    const {prompt, parameters, makeSpec} = await normalise(request);
    const spec = makeSpec('inputs');
    assert.deepEqual(prompt, {text: 'rain', negative: 'sun'});
    assert.equal(spec['negative_prompt'], 'sun');
    assert.equal(parameters['blur_strength'], 'high');
    assert.equal(parameters['canny_threshold'], 'medium');
    assert.equal(parameters['seed'], 0);
    assert.equal((await normalise(REQUEST)).prompt, null);
  });

  it('finds every mistake at once', async () => {
    const findings = await mistakesIn({
      weights: {fog: 1, vis: -1},
      set: {sharp: 1, blur_strength: 'x', canny_threshold: 2},
    });
    assert.equal(findings.length, 5, findings.join('\n'));
  });

  it('is the same whenever it is asked', async () => {
    const [first, second] = await Promise.all([normalise(REQUEST), normalise(REQUEST)]);
    const flat = ({makeSpec, ...rest}: typeof first): object => ({...rest, spec: makeSpec('/inputs')});
    assert.deepEqual(flat(first), flat(second));
  });

  it('never plans weights that sum to more than 1', async () => {
    const weight = fc.double({min: 0, max: 100, noNaN: true});
    await fc.assert(
      fc.asyncProperty(
        fc.record({vis: weight, edge: weight, depth: weight, seg: weight}),
        async (weights) => {
          const normal = await normalise({...REQUEST, weights});
          const spec = normal.makeSpec('inputs');
          const used = (['vis', 'edge', 'depth', 'seg'] as const).map((name) => weightOf(spec, name));
          assert.ok(used.reduce((sum, value) => sum + value, 0) <= 1 + 1e-9);
          const controls = preview.plan(normal).outputs.filter(({role}) => role === 'control');
          assert.equal(controls.length, used.filter((value) => value > 0).length);
        },
      ),
      {numRuns: 20},
    );
  });
});

describe('normalise of a Transfer1 spec file', () => {
  let folder = '';

  before(async () => {
    folder = await temporaryFolder('spec');
    await mkdir(join(folder, 'passes'));
    await writeClip(join(folder, 'passes', 'beauty.mp4'));
    await writeClip(join(folder, 'passes', 'z.mp4'));
    await writeClip(join(folder, 'passes', 'short.mp4'), {...SMALL, frames: 5});
  });

  async function spec(value: unknown): Promise<string> {
    const path = join(folder, 'shot.json');
    await writeFile(path, JSON.stringify(value));
    return path;
  }

  /** The shape of the samples that NVIDIA ships, with keys that only the real model reads. */
  const SAMPLE = {
    prompt: 'a street',
    input_video_path: 'passes/beauty.mp4',
    sigma_max: 80,
    vis: {control_weight: 0.25},
    edge: {},
    depth: {control_weight: 0.25, input_control: 'passes/z.mp4'},
  };

  it('takes its videos along, wherever it lies', async () => {
    const {inputs, makeSpec, scene} = await normalise({...REQUEST, source: await spec(SAMPLE)});
    const used = makeSpec('/jobs/1/inputs');
    assert.deepEqual(
      inputs.map(({name, content}) => [name, 'path' in content ? content.path : '']),
      [
        ['color.mp4', join(folder, 'passes', 'beauty.mp4')],
        ['depth.mp4', join(folder, 'passes', 'z.mp4')],
      ],
    );
    assert.equal(used['input_video_path'], '/jobs/1/inputs/color.mp4');
    assert.deepEqual(used['depth'], {control_weight: 0.25, input_control: '/jobs/1/inputs/depth.mp4'});
    assert.equal(used['sigma_max'], 80);
    assert.equal(scene?.name, 'shot');
  });

  it('gives a control without a weight what Transfer1 gives it', async () => {
    const {parameters} = await normalise({...REQUEST, source: await spec(SAMPLE)});
    assert.deepEqual(parameters['weights'], {vis: 0.25, edge: 0.5, depth: 0.25, seg: 0});
  });

  it('lets the command line have the last word', async () => {
    const source = await spec({...SAMPLE, depth: {control_weight: 0, input_control: 'passes/z.mp4'}});
    const weights = {depth: 0.5, vis: 0};
    const normal = await normalise({
      ...REQUEST,
      source,
      weights,
      prompt: 'rain',
      seed: 9,
      set: {blur_strength: 'low'},
    });
    assert.deepEqual(normal.parameters['weights'], {vis: 0, edge: 0.5, depth: 0.5, seg: 0});
    assert.deepEqual(
      normal.inputs.map(({name}) => name),
      ['color.mp4', 'depth.mp4'],
    );
    assert.equal(normal.prompt?.text, 'rain');
    assert.equal(normal.parameters['seed'], 9);
    assert.equal(normal.parameters['blur_strength'], 'low');
  });

  it('reads no video of a control without weight', async () => {
    const source = await spec({...SAMPLE, depth: {control_weight: 0, input_control: 'passes/gone.mp4'}});
    assert.deepEqual(
      (await normalise({...REQUEST, source})).inputs.map(({name}) => name),
      ['color.mp4'],
    );
  });

  it('compares the passes that it names', async () => {
    const source = await spec({...SAMPLE, depth: {input_control: 'passes/short.mp4'}});
    assert.deepEqual(await mistakesIn({source}), ['depth has 5 frames, color has 12']);
  });

  it('finds every mistake at once', async () => {
    const source = await spec({
      prompt: 7,
      input_video_path: 'gone.mp4',
      vis: 1,
      edge: {control_weight: 'much'},
      seg: {},
      upscale: {control_weight: 1},
      canny_threshold: 'none',
      depth: {input_control: 'gone too.mp4'},
    });
    const findings = await mistakesIn({source, weights: {fog: 1}});
    assert.equal(findings.length, 9, findings.join('\n'));
  });

  it('needs a colour pass', async () => {
    assert.match((await mistakesIn({source: await spec({vis: {}})})).join(), /"input_video_path" is missing/);
  });
});
