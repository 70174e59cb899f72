import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {probeVideo} from '../../src/media/probe.ts';
import {SMALL, writeClip} from '../media/clips.ts';
import {Machine, type Ended} from '../support/stand-ins.ts';
import {temporaryFolder} from '../support/temporary.ts';

describe('the stand-in of Transfer1: the program', function () {
  this.timeout(30_000);
  let machine: Machine;
  before(async () => {
    machine = await Machine.make('transfer1');
    for (const frames of [12, 130])
      await writeClip(join(machine.checkout, `clip-${frames}.mp4`), {...SMALL, frames});
    for (const base of [
      'Cosmos-Transfer1-7B/base_model.pt',
      'Cosmos-Transfer1-7B-Sample-AV-Single2MultiView/t2w_base_model.pt',
    ])
      await machine.write(`checkpoints/nvidia/${base}`, 'weights');
  });

  interface Run {
    spec?: object;
    batch?: object[];
    words?: string[];
    env?: Record<string, string>;
    script?: string;
  }
  async function run({
    spec = {},
    batch,
    words = [],
    env = {},
    script = 'transfer.py',
  }: Run): Promise<Ended & {out: string}> {
    const out = await temporaryFolder('out');
    await machine.write('spec.json', {input_video_path: 'clip-12.mp4', ...spec});
    const lines = batch?.map((line) => JSON.stringify(line)).join('\n');
    if (lines !== undefined) await machine.write('batch.jsonl', lines);
    const all = [
      `cosmos_transfer1/diffusion/inference/${script}`,
      ...['--controlnet_specs', 'spec.json', '--video_save_folder', out],
      ...(lines === undefined ? [] : ['--batch_input_path', 'batch.jsonl']),
      ...words,
    ];
    return {...(await machine.run('python', all, env)), out};
  }

  const item = (prompt: string, more = {}): object => ({visual_input: 'clip-12.mp4', prompt, ...more});
  const EDGE = {edge: {control_weight: 0.5}};

  it('gives each video of a batch its folder', async () => {
    const overrides = {edge: {input_control: 'clip-130.mp4'}, vis: {control_weight: 1}};
    const batch = [item('rain'), item('snow', {control_overrides: overrides})];
    const {rc, out, stdout, stderr} = await run({spec: EDGE, batch});
    assert.equal(rc, 0, stderr);
    assert.deepEqual((await readdir(join(out, 'video_0'))).sort(), [
      'edge_input_control_0.mp4',
      'output.mp4',
      'prompt.txt',
    ]);
    assert.deepEqual((await readdir(join(out, 'video_1'))).sort(), ['output.mp4', 'prompt.txt']);
    assert.equal(await readFile(join(out, 'video_1', 'prompt.txt'), 'utf8'), 'snow');
    assert.match(stdout, /Ignoring unknown control key in override: vis$/m);
    assert.equal(stdout.match(/Running batch generation with batch_size=1$/gm)?.length, 2);
    const {batch: noted} = JSON.parse(await readFile(join(out, 'received.json'), 'utf8')) as {
      batch: {prompt: string; controls: Record<string, {input_control?: string}>; inputs: {path: string}[]}[];
    };
    assert.deepEqual(
      noted.map(({prompt, controls, inputs}) => [prompt, controls['edge']?.input_control, inputs.length]),
      [
        ['rain', undefined, 1],
        ['snow', 'clip-130.mp4', 2],
      ],
    );
  });

  it('loses the rest of a batch to one block', async () => {
    const {rc, out, stdout, stderr} = await run({
      spec: EDGE,
      batch: [item('rain'), item('a lifeless street'), item('snow')],
    });
    assert.equal(rc, 1);
    assert.match(stdout, /Guardrail blocked generation for entire batch\.$/m);
    assert.match(stderr, /^TypeError: cannot unpack non-iterable NoneType object$/m);
    const made = [0, 1, 2].map((index) => existsSync(join(out, `video_${index}`, 'output.mp4')));
    assert.deepEqual(made, [true, false, false]);
  });

  it('shifts results where a larger batch is blocked in part', async () => {
    const batch = [item('a lifeless street'), item('snow')];
    const {rc, out} = await run({spec: EDGE, batch, words: ['--batch_size', '2']});
    assert.equal(rc, 0);
    assert.equal(await readFile(join(out, 'video_0', 'prompt.txt'), 'utf8'), 'snow');
    assert.equal(existsSync(join(out, 'video_1', 'output.mp4')), false);
  });

  it('fails at the video that it is told to', async () => {
    const batch = [item('rain'), item('snow')];
    const {rc, out, stderr} = await run({spec: EDGE, batch, env: {STANDIN_FAIL: 'gpu@1'}});
    assert.equal(rc, 1);
    assert.match(stderr, /illegal memory access/);
    assert.equal(existsSync(join(out, 'video_0', 'output.mp4')), true);
  });

  it('upscales one video at a time', async () => {
    const batch = [item('rain'), item('snow')];
    const {rc, stdout, stderr, out} = await run({
      spec: {upscale: {}, num_steps: 10},
      batch,
      words: ['--batch_size', '2'],
    });
    assert.equal(rc, 0, stderr);
    assert.match(stdout, /Setting batch_size=1 as upscale does not support batch generation$/m);
    const {width, height} = await probeVideo(join(out, 'video_0', 'output.mp4'));
    assert.deepEqual([width, height], [2624, 1920]);
  });

  it('makes views of a drive', async () => {
    const hdmap = {input_control: Array.from({length: 6}, () => 'clip-130.mp4')};
    await machine.write('spec.json', {hdmap});
    const out = await temporaryFolder('out');
    const words = [
      'cosmos_transfer1/diffusion/inference/transfer_multiview.py',
      ...['--controlnet_specs', 'spec.json', '--video_save_folder', out, '--prompt_left', 'a wall'],
    ];
    const {rc, stderr} = await machine.run('python', words);
    assert.equal(rc, 0, stderr);
    assert.deepEqual((await readdir(out)).sort(), ['output.mp4', 'output.txt', 'received.json', 'video_0']);
    const prompts = (await readFile(join(out, 'output.txt'), 'utf8')).split(';');
    assert.deepEqual([prompts.length, prompts[1]], [6, 'a wall']);
    const short = await machine.run('python', [
      ...words,
      ...['--initial_condition_video', 'clip-12.mp4', '--num_input_frames', '9'],
    ]);
    assert.match(short.stderr, /^RuntimeError: The expanded size of the tensor \(9\)/m);
  });

  it('needs torchrun only to upsample prompts', async () => {
    const {stderr, rc} = await run({spec: EDGE, words: ['--upsample_prompt']});
    assert.equal(rc, 1);
    assert.match(stderr, /^KeyError: 'RANK'$/m);
  });

  it('wants its own code, and the weights that are named', async () => {
    assert.match(
      (await run({spec: EDGE, env: {PYTHONPATH: ''}})).stderr,
      /No module named 'cosmos_transfer1'/,
    );
    const spec = {edge: {ckpt_path: 'gone/edge_control.pt'}};
    assert.match((await run({spec})).stderr, /FileNotFoundError: .*gone\/edge_control\.pt/);
  });
});
