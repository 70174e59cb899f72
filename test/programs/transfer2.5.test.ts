import assert from 'node:assert/strict';
import {existsSync, readdirSync} from 'node:fs';
import {copyFile, mkdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {writeClip} from '../media/clips.ts';
import {importProgram} from '../support/stand-ins.ts';
import {temporaryFolder} from '../support/temporary.ts';

interface Loaded {
  raw: Record<string, unknown>;
  sample: Record<string, unknown> & {name: string; prompt: string};
}
type Validate = (data: unknown, context: {folder: string}) => Loaded['sample'];
interface Samples {
  loadSamples: (
    paths: string[],
    how: {validate: Validate; overrides?: Record<string, unknown>; cwd?: string},
  ) => Loaded[];
}

const {loadSamples} = await importProgram<Samples>('transfer2.5/samples.mjs');
const {makeSingle} = await importProgram<{makeSingle: (options?: object) => Validate}>(
  'transfer2.5/rules.mjs',
);
const {makeMultiview} = await importProgram<{makeMultiview: () => Validate}>(
  'transfer2.5/multiview-rules.mjs',
);

const {countChunks} = await importProgram<{
  countChunks: (frames: number, size: number, overlap: number) => number;
}>('shared/media.mjs');

const PUBLISHED = fileURLToPath(new URL('../../../shared/fixtures/specs/transfer2.5/', import.meta.url));
const GOOD = {name: 'shot', video_path: 'clip.mp4', prompt: 'rain', edge: {}};

let folder: string;
before(async () => {
  folder = await temporaryFolder('rules');
  await writeClip(join(folder, 'clip.mp4'));
  await writeFile(join(folder, 'prompt.txt'), ' rain\n');
  await writeFile(join(folder, 'style.jpg'), 'style');
});

const single = (change: object): Loaded['sample'] => makeSingle()({...GOOD, ...change}, {folder});

describe('the stand-in of Transfer2.5: samples', () => {
  const rules: [string, object, object, RegExp][] = [
    ['name', {name: 'a b'}, {name: 7}, /name\n {2}Input should be a valid string/],
    ['video_path', {video_path: './clip.mp4'}, {video_path: 'gone.mp4'}, /Path does not point to a file/],
    ['prompt', {prompt: ''}, {prompt: null}, /prompt\n {2}Input should be a valid string/],
    ['negative_prompt', {negative_prompt: ''}, {negative_prompt: null}, /negative_prompt/],
    ['seed', {seed: '7'}, {seed: 7.5}, /got a number with a fractional part/],
    ['guidance', {guidance: 7}, {guidance: 3.5}, /guidance\n {2}Input should be a valid integer/],
    ['the range of guidance', {guidance: 0}, {guidance: 8}, /less than or equal to 7/],
    ['max_frames', {max_frames: null}, {max_frames: 0}, /greater than 0/],
    ['context_frame_index', {context_frame_index: 1}, {context_frame_index: 0}, /greater than 0/],
    [
      'num_conditional_frames',
      {num_conditional_frames: 2},
      {num_conditional_frames: 3},
      /should be 0, 1 or 2/,
    ],
    ['resolution', {resolution: '480'}, {resolution: 480}, /resolution\n {2}Input should be a valid string/],
    ['sigma_max', {sigma_max: '80'}, {sigma_max: 80}, /sigma_max\n {2}Input should be a valid string/],
    ['num_video_frames_per_chunk', {num_video_frames_per_chunk: 1}, {num_video_frames_per_chunk: 0}, /chunk/],
    ['num_steps', {num_steps: 1}, {num_steps: 0}, /num_steps/],
    ['show_input', {show_input: 'yes'}, {show_input: 'maybe'}, /valid boolean, unable to interpret/],
    ['unknown members', {edge: {colour: 1}}, {output_dir: 'x'}, /Extra inputs are not permitted/],
    ['weights at the top', {edge: {control_weight: '0.5'}}, {control_weight: 1}, /control_weight\n {2}Extra/],
    ['control_weight', {edge: {control_weight: 1}}, {edge: {control_weight: 1.1}}, /edge\.control_weight/],
    ['control_path', {edge: {control_path: null}}, {edge: {control_path: 'gone.mp4'}}, /edge\.control_path/],
    [
      'presets',
      {edge: {preset_edge_threshold: 'very_low'}},
      {edge: {preset_edge_threshold: 'none'}},
      /Input should be 'very_low', 'low'/,
    ],
    ['controls', {edge: null, vis: {}}, {edge: null}, /No controls provided, please provide at least one/],
    ['names of controls', {vis: {}}, {blur: {}}, /blur\n {2}Extra/],
    [
      'the kind of a control',
      {seg: {control_prompt: 'car'}},
      {seg: true},
      /valid dictionary or instance of SegConfig/,
    ],
    [
      'vis and a style',
      {image_context_path: 'style.jpg'},
      {vis: {}, image_context_path: 'style.jpg'},
      /both used to transfer style/,
    ],
    [
      'foreground labels',
      {guided_generation_foreground_labels: [1]},
      {guided_generation_foreground_labels: ['x']},
      /labels\.0/,
    ],
    ['a mask', {guided_generation_mask: '.'}, {guided_generation_mask: 'gone'}, /guided_generation_mask/],
  ];
  for (const [title, accepted, refused, words] of rules) {
    it(`takes and refuses ${title} as pydantic does`, () => {
      single(accepted);
      assert.throws(() => single(refused), words);
    });
  }

  it('wants a name and a video', () => {
    assert.throws(
      () => makeSingle()({}, {folder}),
      /3 validation errors for InferenceArguments\nname\n {2}Field required \[type=missing, input_value=\{\}, input_type=dict\]/,
    );
  });

  it('reads the prompt of a file without its edges', () => {
    assert.equal(single({prompt: undefined, prompt_path: 'prompt.txt'}).prompt, 'rain');
    assert.equal(single({prompt_path: 'prompt.txt', prompt: 'snow'}).prompt, 'snow');
    assert.throws(() => single({prompt: null, prompt_path: 'gone.txt'}), /^Error: FileNotFoundError/);
  });

  it('fills in what nobody said', () => {
    const {seed, guidance, num_steps: steps, resolution, num_video_frames_per_chunk: chunk} = single({});
    assert.deepEqual([seed, guidance, steps, resolution, chunk], [2025, 3, 35, '720', 93]);
    const {num_steps: few} = makeSingle({isDistilled: true})(GOOD, {folder});
    assert.equal(few, 4);
  });
});

describe('the stand-in of Transfer2.5: chunks', () => {
  it('begin with frames of the one before', () => {
    const counts = [1, 93, 94, 121, 185, 186].map((frames) => countChunks(frames, 93, 1));
    assert.deepEqual(counts, [1, 1, 2, 2, 2, 3]);
    assert.equal(countChunks(186, 93, 0), 2);
  });
});

describe('the stand-in of Transfer2.5: several views', () => {
  const view = {input_path: 'clip.mp4', control_path: 'clip.mp4'};
  const parse = (change: object): unknown =>
    makeMultiview()({name: 'drive', prompt: 'a road', front_wide: view, ...change}, {folder});
  const rules: [string, object, object, RegExp][] = [
    ['views', {rear: view}, {front_wide: undefined}, /valid dictionary or instance of ViewConfig/],
    ['a view that takes part', {rear: {}}, {front_wide: {input_path: 'clip.mp4'}}, /At least one view/],
    [
      'inputs of views',
      {front_wide: {control_path: 'clip.mp4'}, num_conditional_frames: 0},
      {front_wide: {control_path: 'clip.mp4'}},
      /Missing input_path for views: front_wide/,
    ],
    [
      'frames of each view',
      {front_wide: {...view, num_conditional_frames_per_view: 5}},
      {front_wide: {...view, num_conditional_frames_per_view: 3}},
      /must be one of \[0, 1, 5\]/,
    ],
    [
      'views that differ',
      {enable_autoregressive: true, rear: view},
      {enable_autoregressive: true, rear: {...view, num_conditional_frames_per_view: 1}},
      /must be consistent across all views/,
    ],
    ['num_chunks', {num_chunks: 1}, {num_chunks: 0}, /num_chunks/],
    ['unknown members', {fps: 30}, {resolution: '720'}, /resolution\n {2}Extra/],
  ];
  for (const [title, accepted, refused, words] of rules) {
    it(`takes and refuses ${title} as pydantic does`, () => {
      parse(accepted);
      assert.throws(() => parse(refused), words);
    });
  }
});

describe('the stand-in of Transfer2.5: spec files', () => {
  async function load(name: string, text: string, overrides = {}): Promise<Loaded[]> {
    await writeFile(join(folder, name), text);
    return loadSamples([join(folder, name)], {validate: makeSingle(), overrides, cwd: '/'});
  }
  const line = JSON.stringify(GOOD);

  it('reads a line for each sample', async () => {
    const samples = await load('two.jsonl', `${line}\n${JSON.stringify({...GOOD, name: 'b'})}\n`);
    assert.deepEqual(
      samples.map(({sample}) => [sample.name, sample['video_path']]),
      [
        ['shot', join(folder, 'clip.mp4')],
        ['b', join(folder, 'clip.mp4')],
      ],
    );
  });

  const refused: [string, string, string, RegExp][] = [
    ['a blank line', 'blank.jsonl', `${line}\n\n`, /json\.decoder\.JSONDecodeError: Expecting value/],
    ['a list', 'list.json', `[${line}]`, /unsupported operand type\(s\) for \|: 'list' and 'dict'/],
    ['a comment', 'comment.json', `${line} // why`, /JSONDecodeError/],
    ['a trailing comma', 'comma.json', line.replace(/\}$/, ',}'), /JSONDecodeError/],
    ['other endings', 'a.yaml', line, /Unsupported file extension: \.yaml/],
    ['a byte order mark', 'bom.json', `\ufeff${line}`, /Unexpected UTF-8 BOM/],
    [
      'two samples of one name',
      'same.jsonl',
      `${line}\n${line}`,
      /Error: Inference samplename shot is not unique/,
    ],
    ['nothing at all', 'none.jsonl', '', /Error: No inference samples/],
    [
      'a line separator in a text',
      'separator.jsonl',
      JSON.stringify({...GOOD, prompt: 'rain\u2028snow'}),
      /JSONDecodeError/,
    ],
    [
      'the second line by its number',
      'second.jsonl',
      `${line}\n${JSON.stringify({...GOOD, name: 'b', seed: 'x'})}`,
      /^Error: Error validating parameters from '.*second\.jsonl' at line 1\n1 validation error for InferenceArguments\nseed\n/,
    ],
  ];
  for (const [title, name, text, words] of refused) {
    it(`refuses ${title} in the words of the program`, async () => {
      await assert.rejects(load(name, text), words);
    });
  }

  it('lets the command line win for all samples', async () => {
    const two = `${line}\n${JSON.stringify({...GOOD, name: 'b', seed: 3})}`;
    const samples = await load('over.jsonl', two, {seed: 9});
    assert.deepEqual(
      samples.map(({sample}) => sample['seed']),
      [9, 9],
    );
    await assert.rejects(load('over.json', line, {video_path: 'clip.mp4'}), /Path does not point to a file/);
  });

  it("takes NVIDIA's published specs", async function () {
    if (!existsSync(PUBLISHED)) this.skip();
    for (const name of readdirSync(PUBLISHED)) {
      const root = join(await temporaryFolder('published'), 'a', 'b');
      await mkdir(root, {recursive: true});
      const text = await readFile(join(PUBLISHED, name), 'utf8');
      for (const [, path = ''] of text.matchAll(/"((?:[^"]*\/)?[^"/]+\.(?:mp4|txt))"/g)) {
        await mkdir(dirname(join(root, path)), {recursive: true});
        await copyFile(join(folder, path.endsWith('.txt') ? 'prompt.txt' : 'clip.mp4'), join(root, path));
      }
      await writeFile(join(root, name), text);
      const validate = name.startsWith('multiview') ? makeMultiview() : makeSingle();
      assert.ok(loadSamples([join(root, name)], {validate}).length > 0, name);
    }
  });
});
