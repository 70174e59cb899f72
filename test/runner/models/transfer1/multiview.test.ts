import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {NormalRequest} from '../../../../src/runner/model.ts';
import {writeClip} from '../../../media/clips.ts';
import {findingsOf} from '../../../support/findings.ts';
import {requestOf, type PathRequest} from '../../../support/request.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

// Videos are probed on demand; errors are compared by class, so everything has to come from the same loader.
const {escapeBraces} = await import('../../../../src/runner/template.ts');
const {TRANSFER1_VIEWS} = await import('../../../../src/runner/models/transfer1/parameters.ts');
const {transfer1} = await import('../../../../src/runner/models/transfer1/adapter.ts');

/** Other values than the defaults; the rest are texts and switches. */
const VALUES: Record<string, unknown> = {
  num_steps: 12,
  guidance: 3,
  sigma_max: 90,
  seed: 7,
  fps: 30,
  view_condition_video: 'a.mp4',
  initial_condition_video: 'a.mp4',
  num_input_frames: 1,
  n_clip_max: 3,
  num_gpus: 2,
  master_port: 2000,
};

describe('transfer1 with several views', () => {
  let folder = '';

  before(async () => {
    folder = await temporaryFolder('views');
    await writeClip(join(folder, 'a.mp4'));
  });

  async function normalise(spec: object, request: Partial<PathRequest> = {}): Promise<NormalRequest> {
    const source = join(folder, 'spec.json');
    await writeFile(source, JSON.stringify(spec));
    return transfer1.normalise(await requestOf({source, set: {sigma_max: 80}, ...request}));
  }

  const views = (count: number): object => ({
    hdmap: {control_weight: 1, input_control: Array.from({length: count}, () => 'a.mp4')},
  });

  it('sends each view and says the rest on the command line', async () => {
    const normal = await normalise(
      {...views(6), prompt: 'a {wet} road', num_steps: 30, view_condition_video: 'a.mp4'},
      {seed: 4},
    );
    assert.deepEqual(
      normal.inputs.map(({name}) => name),
      ['view_condition.mp4', ...[1, 2, 3, 4, 5, 6].map((view) => `hdmap_${view}.mp4`)].toSorted((a, b) =>
        a.startsWith('view') ? 1 : b.startsWith('view') ? -1 : 0,
      ),
    );
    const spec = normal.makeSpec('/in');
    assert.deepEqual(Object.keys(spec).toSorted(), ['hdmap', 'view_condition_video']);
    const {argv, requires} = transfer1.plan(normal);
    assert.ok(argv.includes('cosmos_transfer1/diffusion/inference/transfer_multiview.py'));
    const after = (word: string): string | undefined => argv[argv.indexOf(word) + 1];
    assert.deepEqual(['--num_steps', '--seed', '--guidance', '--fps', '--prompt'].map(after), [
      '30',
      '4',
      '5',
      '24',
      'a {{wet}} road',
    ]);
    assert.ok(!argv.includes('--waymo_example') && !argv.includes('--is_av_sample'));
    assert.match(requires?.[1] ?? '', /Single2MultiView\/t2w_base_model\.pt$/);
  });

  it('knows the five views of Waymo and the other base model', async () => {
    const normal = await normalise(views(5), {
      set: {sigma_max: 80, initial_condition_video: 'a.mp4', n_clip_max: -1, prompt_left: '-'},
    });
    const {argv, requires} = transfer1.plan(normal);
    assert.equal(argv[argv.indexOf('--waymo_example') + 1], 'True');
    assert.match(requires?.[1] ?? '', /v2w_base_model\.pt$/);
    assert.ok(argv.includes('--n_clip_max=-1') && argv.includes('--prompt_left=-'));
  });

  for (const {key, default: fallback} of TRANSFER1_VIEWS.parameters) {
    it(`sends ${key} once, from --set and from a spec`, async () => {
      const value = VALUES[key] ?? (typeof fallback === 'boolean' ? !fallback : 'a {red} car');
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      const isContinued = key === 'num_input_frames' || key === 'n_clip_max';
      const spec = {...views(6), ...(isContinued && {initial_condition_video: 'a.mp4'})};
      for (const normal of [
        await normalise(spec, {set: {sigma_max: 80, [key]: value}}),
        await normalise({sigma_max: 80, ...spec, [key]: value}, {set: {}}),
      ]) {
        const {argv} = transfer1.plan(normal);
        const isFile = key.endsWith('_condition_video');
        const input = `${key.replace('_condition_video', '')}_condition.mp4`;
        assert.equal(normal.parameters[key], isFile ? `inputs/${input}` : value);
        if (isFile) assert.ok(normal.inputs.some(({name}) => name === input));
        const words: Record<string, unknown> = {
          master_port: [`--master_port=${text}`],
          view_condition_video: [],
          sigma_max: [],
          initial_condition_video: [`--${key}`, '{inputs.initial-condition}'],
        };
        const isOff = value === false;
        const plain = typeof value === 'boolean' ? [`--${key}`] : [`--${key}`, escapeBraces(text)];
        const at = argv.findIndex((word) => word.split('=')[0] === `--${key}`);
        const expected = (words[key] ?? (isOff ? [] : plain)) as string[];
        assert.deepEqual(at < 0 ? [] : argv.slice(at, at + expected.length), expected);
        assert.ok(argv.filter((word) => word === `--${key}`).length <= 1);
        assert.equal(
          normal.makeSpec('/in')['view_condition_video'],
          key === 'view_condition_video' ? '/in/view_condition.mp4' : undefined,
        );
        assert.equal(normal.makeSpec('/in')[key] === undefined, key !== 'view_condition_video');
      }
    });
  }

  it('says what has no effect, and why', async () => {
    const wrong = {
      ...views(5),
      input_video_path: 'a.mp4',
      prompt_back: 'a car',
      n_clip_max: 2,
      upsample_prompt: true,
      lidar: {control_weight: 1, input_control: 'a.mp4'},
    };
    const set = {sigma_max: 80, blur_strength: 'low', canny_threshold: 'low'};
    const findings = await findingsOf(() =>
      normalise(wrong, {set, negative: 'fog', flags: {'blur-strength': 'low'}}),
    );
    const words = [
      /no parameter "blur_strength"/,
      /no parameter "canny_threshold"/,
      /--blur-strength: driving scenes of several views have no such control/,
      /hdmap and lidar must each have a list of as many videos/,
      /"negative_prompt" has no effect: the program for several views does not read it/,
      /"input_video_path" has no effect/,
      /"upsample_prompt" has no effect/,
      /"prompt_back" has no effect: Waymo has no camera/,
      /"n_clip_max" has no effect without an "initial_condition_video"/,
    ];
    for (const word of words) assert.match(findings.join('\n'), word);
    assert.equal(findings.length, words.length, findings.join('\n'));
    const short = {...views(6), initial_condition_video: 'a.mp4', num_input_frames: 9};
    assert.deepEqual(await findingsOf(() => normalise(short)), [
      '"initial_condition_video" has 12 frames; 6 views one after the other need 54',
    ]);
    const single = {edge: {}, input_video_path: 'a.mp4'};
    assert.deepEqual(await findingsOf(() => normalise(single, {set: {prompt_left: 'a'}})), [
      '"prompt_left" has no effect: it is for specs with a list of videos for hdmap or lidar',
    ]);
  });

  it('notes what the published specs have in vain', async () => {
    const {hdmap} = views(6) as {hdmap: object};
    const spec = {
      hdmap: {
        ...hdmap,
        ckpt_path: 'nvidia/Cosmos-Transfer1-7B-Sample-AV-Single2MultiView/v2w_hdmap_control.pt',
      },
      prompts: ['a road'],
      prompt: 'a road',
    };
    const normal = await normalise(spec, {set: {sigma_max: 80, fps: 24}});
    assert.deepEqual(normal.makeSpec('/in')['prompts'], ['a road'], 'it is left as it is');
    for (const word of [
      /^"prompts" has no effect: the texts are --prompt and --set prompt_left/,
      /^there is no "view_condition_video"/,
      /^"hdmap\.ckpt_path" does not look like one for the base model t2w, .* without an "initial/,
    ])
      assert.equal(normal.warnings.filter((warning) => word.test(warning)).length, 1, word.source);
  });

  it('refuses another number of views', async () => {
    await assert.rejects(
      normalise(views(4)),
      /"hdmap\.input_control" has 4 videos; there are 6 views, or 5 of Waymo/,
    );
  });
});
