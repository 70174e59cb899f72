import assert from 'node:assert/strict';
import {existsSync, readdirSync} from 'node:fs';
import {copyFile, mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {SMALL, writeClip} from '../media/clips.ts';
import {importProgram, Machine, type Ended} from '../support/stand-ins.ts';
import {temporaryFolder} from '../support/temporary.ts';

type Sample = Record<string, unknown>;
interface Rules {
  sampleModel: (data: unknown, context: {folder: string}) => Sample;
  complete: (sample: Sample) => Sample;
}
interface Samples {
  loadSamples: (paths: string[], how?: {overrides?: Sample}) => {raw: Sample; sample: Sample}[];
}

const {sampleModel, complete} = await importProgram<Rules>('cosmos3/rules.mjs');
const {loadSamples} = await importProgram<Samples>('cosmos3/samples.mjs');

const PUBLISHED = fileURLToPath(new URL('../../../shared/fixtures/specs/cosmos3/', import.meta.url));
const GOOD = {prompt: 'rain', vision_path: 'clip.mp4', edge: {}};

let folder: string;
before(async () => {
  folder = await temporaryFolder('rules');
  await writeClip(join(folder, 'clip.mp4'));
});

const parse = (change: object): Sample => sampleModel({...GOOD, ...change}, {folder});

describe('the stand-in of Cosmos 3: samples', () => {
  const rules: [string, object, object, RegExp][] = [
    ['unknown members', {name: null}, {max_frame: 3}, /max_frame\n {2}Extra inputs are not permitted/],
    [
      'members of hints',
      {edge: {weight: 0.5}},
      {edge: {control_weight: 1}},
      /edge\.control_weight\n {2}Extra/,
    ],
    ['names of hints', {blur: {}}, {vis: {}}, /vis\n {2}Extra/],
    [
      'presets of blur',
      {blur: {preset_blur_strength: 'none'}},
      {blur: {preset_blur_strength: 'off'}},
      /blur\.preset/,
    ],
    ['presets of edges', {edge: {}}, {edge: {preset_edge_threshold: 'none'}}, /edge\.preset_edge_threshold/],
    [
      'aspect_ratio',
      {aspect_ratio: '16,9'},
      {aspect_ratio: '16:9'},
      /aspect_ratio\n {2}Input should be '1,1'/,
    ],
    ['resolution', {resolution: '720'}, {resolution: 720}, /resolution/],
    ['fps', {fps: 1}, {fps: 23.98}, /fractional part/],
    ['guidance', {guidance: 6.5}, {guidance: 7.5}, /guidance\n {2}Input should be less than or equal to 7/],
    ['control_guidance', {control_guidance: 10}, {control_guidance: 11}, /control_guidance/],
    ['intervals', {guidance_interval: [0, 1000]}, {guidance_interval: [0]}, /should have 2 items/],
    ['model_mode', {model_mode: 'video2video'}, {model_mode: 'transfer'}, /model_mode/],
    [
      'vision_path',
      {vision_path: 'https://x/y.mp4'},
      {vision_path: 'gone.mp4'},
      /Path does not point to a file: gone/,
    ],
    ['num_steps', {num_steps: 1}, {num_steps: 0}, /num_steps/],
    ['video_save_quality', {video_save_quality: 10}, {video_save_quality: 11}, /quality/],
    ['extra', {extra: {}}, {extra: 3}, /extra\n {2}Input should be a valid dictionary/],
    [
      'members of transfers alone',
      {edge: null},
      {edge: null, max_frames: 9},
      /transfer inference requires at least one control hint \(edge, blur, depth, seg, wsm\)/,
    ],
  ];
  for (const [title, accepted, refused, words] of rules) {
    it(`takes and refuses ${title} as pydantic does`, () => {
      parse(accepted);
      assert.throws(() => parse(refused), words);
    });
  }

  it('fills in what one hint is tuned to', () => {
    const {
      guidance,
      control_guidance: control,
      num_frames: frames,
    } = complete(parse({edge: null, wsm: {control_path: 'clip.mp4'}}));
    assert.deepEqual([guidance, control, frames], [1, 3, 101]);
    assert.equal(complete(parse({blur: {}}))['guidance'], 6, 'several hints have the defaults of the mode');
    assert.equal(complete(parse({guidance: 2}))['guidance'], 2);
  });

  it('wants something to begin with', () => {
    const bare = parse({vision_path: null});
    assert.throws(
      () => complete(bare),
      /requires 'vision_path' or a pre-computed 'control_path' \(hint: edge\)/,
    );
  });

  it("takes NVIDIA's published specs", async function () {
    if (!existsSync(PUBLISHED)) this.skip();
    for (const name of readdirSync(PUBLISHED)) {
      const root = join(await temporaryFolder('published'), 'specs');
      const text = await readFile(join(PUBLISHED, name), 'utf8');
      for (const [, path = ''] of text.matchAll(/"(\.\.[^"]+)"/g)) {
        await mkdir(dirname(join(root, path)), {recursive: true});
        if (path.endsWith('.json')) await writeFile(join(root, path), '{}');
        else await copyFile(join(folder, 'clip.mp4'), join(root, path));
      }
      await mkdir(root, {recursive: true});
      await writeFile(join(root, name), text);
      const [loaded] = loadSamples([join(root, name)]);
      assert.ok(loaded);
      assert.equal(complete(loaded.sample)['seed'], 2026, name);
    }
  });
});

describe('the stand-in of Cosmos 3: spec files', () => {
  async function load(name: string, text: string, overrides = {}): Promise<{raw: Sample; sample: Sample}[]> {
    await writeFile(join(folder, name), text);
    return loadSamples([join(folder, name)], {overrides});
  }
  const line = JSON.stringify(GOOD);

  it('names samples after their file', async () => {
    assert.deepEqual(
      (await load('shots.jsonl', `${line}\n\n${line}\n`)).map(({sample}) => sample['name']),
      ['shots_0', 'shots_1'],
    );
    assert.equal((await load('shot.json', line, {seed: 4}))[0]?.sample['seed'], 4);
  });

  const refused: [string, string, string, RegExp][] = [
    ['a blank with a space', 'space.jsonl', `${line}\n \n`, /JSONDecodeError/],
    [
      'names that are equal',
      'same.jsonl',
      `{"name":"a","edge":{}}\n{"name":"a","edge":{}}`,
      /Duplicate name: 'a'/,
    ],
    ['other endings', 'shot.toml', line, /Unsupported file extension: .*shot\.toml/],
    [
      'a sample by its number',
      'bad.jsonl',
      `${line}\n{"edge": {}, "seed": "x"}`,
      /^Error: ValueError: Error validating parameters from '.*bad\.jsonl' at sample 1\nParameters: \{'edge': \{\}, 'seed': 'x'\}\n1 validation error for OmniSampleOverrides\nseed/,
    ],
  ];
  for (const [title, name, text, words] of refused) {
    it(`refuses ${title} in the words of the program`, async () => {
      await assert.rejects(load(name, text), words);
    });
  }
});

describe('the stand-in of Cosmos 3: the program', function () {
  this.timeout(30_000);
  let machine: Machine;
  before(async () => {
    machine = await Machine.make('cosmos3');
    await mkdir(join(machine.checkout, 'in'));
    await writeClip(join(machine.checkout, 'in', 'clip.mp4'), {...SMALL, frames: 121});
  });

  interface Run {
    words?: string[];
    env?: Record<string, string>;
    preset?: string[];
  }
  async function run(changes: object[], more: Run = {}): Promise<Ended & {out: string}> {
    const {words = [], env = {}, preset = ['--parallelism-preset=latency']} = more;
    const out = await temporaryFolder('out');
    const samples = changes.map((change, index) => ({name: `s${index}`, ...GOOD, seed: 1, ...change}));
    await machine.write('in/batch.jsonl', samples.map((sample) => JSON.stringify(sample)).join('\n'));
    const module = ['-m', 'cosmos_framework.scripts.inference', ...preset];
    const own = ['-i', 'in/*.jsonl', '-o', out, '--checkpoint-path', 'Cosmos3-Nano'];
    const ended = await machine.run('torchrun', ['--nproc-per-node=2', ...module, ...own, ...words], env);
    return {...ended, out};
  }
  const outputsOf = async (out: string, name: string): Promise<{status: string; message: string | null}> =>
    JSON.parse(await readFile(join(out, name, 'sample_outputs.json'), 'utf8')) as {
      status: string;
      message: string | null;
    };

  it('makes every file of every sample', async () => {
    const {rc, out, stdout, stderr} = await run([{}, {seg: {control_path: 'clip.mp4'}}]);
    assert.equal(rc, 0, stderr);
    assert.deepEqual((await readdir(out)).sort(), ['console.log', 'debug.log', 'received.json', 's0', 's1']);
    assert.deepEqual((await readdir(join(out, 's1'))).sort(), [
      'control_edge.mp4',
      'control_seg.mp4',
      'sample_args.json',
      'sample_outputs.json',
      'vision.mp4',
    ]);
    assert.equal((await outputsOf(out, 's0')).status, 'success');
    assert.match(stdout, /^\[07-14 09:12:33\|job=\|INFO\|[^\]]+\] Loaded 2 samples$/m);
    assert.match(stdout, /\|job=\|SUCCESS\|.*Saved transfer outputs to '.*s1\/sample_outputs\.json'$/m);
    assert.equal(stderr.split('Sampling: 100%').length - 1, 4, 'two chunks of each, from one rank');
  });

  it('hangs without the preset for transfers', async () => {
    for (const preset of [[], ['--parallelism-preset', 'throughput']]) {
      const {rc, stderr} = await run([{}], {preset});
      assert.equal(rc, 1);
      assert.match(stderr, /would hang without --parallelism-preset=latency/);
    }
  });

  const late: [string, object, RegExp][] = [
    ['controls', {depth: {}}, /Missing pre-computed control input for 'depth'\. Provide a control_path/],
    ['weights', {edge: {weight: -1}}, /AssertionError: control_weights must all be non-negative, got \[-1\]/],
    ['seeds', {seed: -1}, /Seed must be between 0 and 2\*\*32 - 1/],
  ];
  for (const [title, change, words] of late) {
    it(`meets wrong ${title} only when it generates`, async () => {
      const {rc, out, stderr} = await run([change], {words: ['--keep-going']});
      assert.equal(rc, 1, 'nothing catches it there');
      assert.match(stderr, words);
      assert.deepEqual(await readdir(join(out, 's0')), ['sample_args.json']);
    });
  }

  it('goes on after a block when it is told to', async () => {
    const env = {STANDIN_FAIL: 'guardrail@0'};
    const stopped = await run([{}, {}], {env});
    assert.equal(stopped.rc, 1);
    assert.match(
      stopped.stdout,
      /Error generating sample 's0': Guardrail blocked prompt 'a lifeless street'/,
    );
    const {rc, out} = await run([{}, {}], {env, words: ['--keep-going']});
    assert.equal(rc, 0);
    assert.equal((await outputsOf(out, 's0')).status, 'error');
    assert.equal((await outputsOf(out, 's1')).status, 'success');
    assert.equal(existsSync(join(out, 's0', 'vision.mp4')), false);
  });

  it('skips what it cannot make when it is told to', async () => {
    const bare = {vision_path: null};
    assert.equal((await run([bare, {}])).rc, 1);
    const {rc, out, stdout} = await run([bare, {}], {words: ['--skip-invalid-samples']});
    assert.equal(rc, 0);
    assert.match(stdout, /\|WARNING\|.*Skipping sample 's0': transfer inference requires/);
    assert.equal((await outputsOf(out, 's0')).status, 'skip');
  });

  it('takes a checkpoint by name or folder', async () => {
    const words = (path: string): Run => ({words: ['--checkpoint-path', path]});
    assert.match(
      (await run([{}], words('Cosmos3-Huge'))).stderr,
      /Checkpoint directory does not exist: .*Cosmos3-Huge/,
    );
    assert.match((await run([{}], words('in'))).stderr, /Unknown checkpoint type/);
    await machine.write('weights/model.safetensors', '');
    await machine.write('weights/config.json', '{}');
    assert.equal((await run([{}], words('weights'))).rc, 0);
  });

  it('wants its module, and knows its words', async () => {
    const {rc, stderr} = await machine.run('torchrun', ['-m', 'cosmos3.inference']);
    assert.equal(rc, 1);
    assert.match(stderr, /ModuleNotFoundError: No module named 'cosmos3'/);
    const unknown = await run([{}], {words: ['--disable-guardrails']});
    assert.equal(unknown.rc, 2);
    assert.match(unknown.stderr, /Unrecognized options: --disable-guardrails/);
  });

  it('shows no bars where they are switched off', async () => {
    const {stderr} = await run([{}], {env: {DISABLE_TQDM: '1'}});
    assert.doesNotMatch(stderr, /Sampling/);
  });

  it('says that it checked nothing, and goes on', async () => {
    const {rc, stdout} = await run([{}], {env: {STANDIN_FAIL: 'fail-open'}});
    assert.equal(rc, 0);
    assert.match(stdout, /\|WARNING\|.*No safety models found, returning safe/);
  });
});
