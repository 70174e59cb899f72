import assert from 'node:assert/strict';
import {existsSync, readdirSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {importProgram} from '../support/stand-ins.ts';
import {temporaryFolder} from '../support/temporary.ts';

type Json = Record<string, unknown>;
interface Loaded {
  args: Json;
  controls: Record<string, Json>;
  own: Json;
}
interface SpecRules {
  loadSpec: (path: string, args: Json, words: string[]) => Loaded;
  validate: (controls: Json, args: Json, log: () => void) => void;
  validateMultiview: (controls: Json, own: Json, how: {args: Json; log: () => void}) => void;
  checkRegions: (regions: Json[], frames: number) => void;
}
interface BatchRules {
  readBatch: (path: string) => {prompt: string | null; video: string | null; overrides: Json}[];
  applyOverrides: (controls: Json, overrides: Json, log: (message: string) => void) => Json;
}
interface Arguments {
  parseTransfer: (words: string[]) => Json;
  parseMultiview: (words: string[]) => Json;
}

const rules = await importProgram<SpecRules>('transfer1/spec.mjs');
const {readBatch, applyOverrides} = await importProgram<BatchRules>('transfer1/batch.mjs');
const {parseTransfer, parseMultiview} = await importProgram<Arguments>('transfer1/arguments.mjs');
const {upscaledSize} = await importProgram<{
  upscaledSize: (size: {width: number; height: number}) => {width: number; height: number};
}>('transfer1/upscale.mjs');

const PUBLISHED = fileURLToPath(new URL('../../../shared/fixtures/specs/transfer1/', import.meta.url));
/** Those that NVIDIA's validator accepts only from pure noise on. */
const WITHOUT_VIDEO = /single_control_regional_prompt|sample_av_/;
const quiet = (): void => undefined;

async function write(text: string): Promise<string> {
  const path = join(await temporaryFolder('spec'), 'spec.json');
  await writeFile(path, text);
  return path;
}

async function check(spec: object, words: string[] = []): Promise<Loaded> {
  const all = ['--controlnet_specs', await write(JSON.stringify(spec)), ...words];
  const loaded = rules.loadSpec(all[1] ?? '', parseTransfer(all), all);
  rules.validate(loaded.controls, loaded.args, quiet);
  return loaded;
}

describe('the stand-in of Transfer1: control specs', () => {
  const video = {input_video_path: 'clip.mp4'};
  const cases: [string, object, string[], object, string[], RegExp][] = [
    ['hints', {edge: {}}, [], {blur: {}}, [], /Invalid hint_key: blur\. Must be one of \{'vis', 'seg'/],
    [
      'no video',
      {input_video_path: '', sigma_max: 80, edge: {input_control: 'x'}},
      [],
      {input_video_path: ''},
      [],
      /Must have 'input_video'/,
    ],
    [
      'no control either',
      {input_video_path: '', edge: {input_control: 'x'}},
      ['--sigma_max', '80'],
      {input_video_path: '', edge: {}},
      ['--sigma_max', '80'],
      /edge controlnet must have 'input_control' video specified/,
    ],
    [
      'weights',
      {edge: {control_weight: 'w.pt'}},
      [],
      {edge: {control_weight: -1}},
      [],
      /Control weight for edge must be/,
    ],
    [
      'weights in words',
      {edge: {control_weight: '0.5'}},
      [],
      {edge: {control_weight: 'much'}},
      [],
      /must be a valid/,
    ],
    [
      'driving maps',
      {hdmap: {input_control: 'x'}},
      ['--is_av_sample'],
      {hdmap: {input_control: 'x'}},
      [],
      /do not fit/,
    ],
    ['mixed models', {edge: {}, vis: {}}, [], {hdmap: {}, edge: {}}, ['--is_av_sample'], /do not fit/],
    ['the upscaler', {upscale: {}}, [], {upscale: {}, edge: {}}, [], /upscale is the only control/],
    [
      'the distilled model',
      {edge: {}},
      ['--use_distilled'],
      {vis: {}},
      ['--use_distilled'],
      /No default distilled checkpoint/,
    ],
    ['seeds', {edge: {}, seed: 4294967295}, [], {edge: {}, seed: 4294967296}, [], /Seed must be between/],
  ];
  for (const [title, good, goodWords, bad, badWords, said] of cases) {
    it(`takes and refuses ${title} as the validator does`, async () => {
      await check({...video, ...good}, goodWords);
      await assert.rejects(check({...video, ...bad}, badWords), said);
    });
  }

  it('lets the command line win only as a word of its own', async () => {
    const spec = {...video, edge: {}, seed: 4};
    assert.equal((await check(spec, ['--seed', '5'])).args['seed'], 5);
    assert.equal((await check(spec, ['--seed=5'])).args['seed'], 4);
    await assert.rejects(
      check(spec, ['--canny_threshold', 'sharp']),
      /invalid choice: 'sharp' \(choose from 'very_low'/,
    );
  });

  it('wants a whole clip for regional prompts', () => {
    const box = {prompt: 'a wall', region_definitions_path: [0, 0, 0.5, 1]};
    rules.checkRegions([box, {prompt: 'a man', mask_prompt: 'man'}], 121);
    assert.throws(
      () => rules.checkRegions([box], 24),
      /Temporal dimension 24 is not divisible by chunk_length 121/,
    );
    assert.throws(
      () => rules.checkRegions([{...box, region_definitions_path: [0, 0, 640, 480]}], 121),
      /\[0, 1\]/,
    );
    assert.throws(
      () => rules.checkRegions([{...box, region_definitions_path: 'mask.png'}], 121),
      /Invalid region/,
    );
    rules.checkRegions([], 24);
  });

  it('has a size for every upscaled shape', () => {
    assert.deepEqual(upscaledSize({width: 1280, height: 704}), {width: 3584, height: 1968});
    assert.deepEqual(upscaledSize({width: 640, height: 480}), {width: 2624, height: 1920});
    assert.deepEqual(upscaledSize({width: 500, height: 500}), {width: 2624, height: 2624});
    assert.deepEqual(upscaledSize({width: 720, height: 1280}), {width: 1968, height: 3584});
  });

  it("agrees with NVIDIA's validator on its published specs", async function () {
    if (!existsSync(PUBLISHED)) this.skip();
    for (const name of readdirSync(PUBLISHED)) {
      const spec = JSON.parse(await readFile(join(PUBLISHED, name), 'utf8')) as Json;
      const driving = name.startsWith('sample_av_') ? ['--is_av_sample'] : [];
      const loaded = check(spec, driving);
      if (WITHOUT_VIDEO.test(name)) await assert.rejects(loaded, /Must have 'input_video'/, name);
      else await loaded;
      await check({...spec, sigma_max: 80}, driving);
      if (!name.includes('multiview')) continue;
      const path = join(PUBLISHED, name);
      const words = ['--controlnet_specs', path];
      const {controls, own, args} = rules.loadSpec(path, parseMultiview(words), words);
      rules.validateMultiview(controls, own, {args, log: quiet});
    }
  });
});

describe('the stand-in of Transfer1: several views', () => {
  const views = (count: number): object => ({
    hdmap: {input_control: Array.from({length: count}, (_, index) => `${index}.mp4`)},
  });
  const checkViews = async (spec: object, words: string[] = []): Promise<void> => {
    const all = ['--controlnet_specs', await write(JSON.stringify(spec)), ...words];
    const {controls, own, args} = rules.loadSpec(all[1] ?? '', parseMultiview(all), all);
    rules.validateMultiview(controls, own, {args, log: quiet});
  };

  it('takes six views, or five of Waymo', async () => {
    await checkViews(views(6));
    await checkViews({...views(5), prompts: ['a'], view_condition_video: 'x.mp4'}, [
      '--waymo_example',
      'False',
    ]);
    await assert.rejects(checkViews(views(5)), /expected 6 views, got 5/);
    await assert.rejects(checkViews({hdmap: {input_control: 'one.mp4'}}), /expected a list of 6 videos/);
  });

  it('reads nothing else from its spec', async () => {
    await assert.rejects(checkViews({...views(6), seed: 3}), /Invalid hint_key: seed/);
    await checkViews(views(6), ['--seed', '3', '--num_input_frames', '9']);
    await assert.rejects(
      checkViews(views(6), ['--sigma_max', '80']),
      /unrecognized arguments: --sigma_max 80/,
    );
    await assert.rejects(
      checkViews(views(6), ['--num_input_frames', '5']),
      /invalid choice: 5 \(choose from 1, 9\)/,
    );
  });
});

describe('the stand-in of Transfer1: batches', () => {
  it('reads a line for each video', async () => {
    const line = '{"visual_input": "a.mp4", "prompt": "rain"}';
    assert.deepEqual(readBatch(await write(`${line}\n${line}\n`)).length, 2);
    for (const text of [`${line}\n\n`, `\n${line}`, `${line},`]) {
      const path = await write(text);
      assert.throws(() => readBatch(path), /JSONDecodeError/);
    }
  });

  it('lays overrides over the controls of the spec', () => {
    const said: string[] = [];
    const spec = {depth: {control_weight: 0.5, input_control: 'a.mp4'}};
    const overrides = {depth: {input_control: null}, seg: {control_weight: 1}};
    const controls = applyOverrides(spec, overrides, (message) => said.push(message));
    assert.deepEqual(controls, {depth: {control_weight: 0.5, input_control: null}});
    assert.deepEqual(said, ['Ignoring unknown control key in override: seg']);
    assert.equal(spec.depth.input_control, 'a.mp4');
  });
});
