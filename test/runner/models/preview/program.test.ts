import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {promisify} from 'node:util';
import {decodeFrames} from '../../../../src/media/frames.ts';
import type {Frame} from '../../../../src/media/frame.ts';
import {probeVideo} from '../../../../src/media/probe.ts';
import {PREVIEW_NOTICE, readProgress} from '../../../../src/runner/models/preview/progress.ts';
import {middleLuma, SMALL, writeClip} from '../../../media/clips.ts';
import type {ClipShape} from '../../../media/clips.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

const PROGRAM = fileURLToPath(new URL('../../../../src/runner/models/preview/program.ts', import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

const FULL = {
  prompt: 'rain at night',
  input_video_path: 'color.mp4',
  vis: {control_weight: 0.25},
  edge: {control_weight: 0.25},
  depth: {control_weight: 0.25, input_control: 'depth.mp4'},
  seg: {control_weight: 0.25, input_control: 'seg.mp4'},
};

describe('preview program', () => {
  it('writes what a transfer would write', async () => {
    const folder = await makeJob(FULL);
    const {code, stdout, stderr} = await runProgram(folder);
    assert.deepEqual({code, stderr}, {code: 0, stderr: ''});
    assert.deepEqual((await readdir(join(folder, 'out'))).sort(), [
      'depth_input_control.mp4',
      'edge_input_control.mp4',
      'output.mp4',
      'output.txt',
      'seg_input_control.mp4',
      'spec_used.json',
      'vis_input_control.mp4',
    ]);
    assert.equal(await readFile(join(folder, 'out', 'output.txt'), 'utf8'), 'rain at night\n');
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines[0], PREVIEW_NOTICE);
    assert.deepEqual(lines.slice(-2).map(readProgress), [
      {done: 12, total: 12, phase: 'compose'},
      {done: 12, total: 12, phase: 'done'},
    ]);
  });

  it('keeps size, count and times in every video', async () => {
    const shape = {...SMALL, fps: 30_000 / 1001, timescale: 30_000, frames: 30};
    const folder = await makeJob(FULL, {color: shape, depth: shape, seg: shape});
    assert.equal((await runProgram(folder)).code, 0);
    const expected = (await framesOf(join(folder, 'color.mp4'))).map(timesOf);
    for (const name of ['output', 'vis_input_control', 'edge_input_control', 'depth_input_control']) {
      const path = join(folder, 'out', `${name}.mp4`);
      assert.deepEqual((await framesOf(path)).map(timesOf), expected, name);
      const {width, height, fps} = await probeVideo(path);
      assert.deepEqual({width, height, fps}, {width: 96, height: 64, fps: 29.97});
    }
  });

  it('mixes by weight and copies given controls', async () => {
    const folder = await makeJob({
      ...FULL,
      vis: undefined,
      edge: undefined,
      depth: {control_weight: 0.75, input_control: 'depth.mp4'},
    });
    assert.equal((await runProgram(folder)).code, 0);
    // Middles: colour 120, depth 200, seg 60; three quarters and one quarter leave nothing of colour.
    const [mixed] = await framesOf(join(folder, 'out', 'output.mp4'));
    assert.ok(mixed && Math.abs(middleLuma(mixed) - 165) <= 2, String(mixed && middleLuma(mixed)));
    const copied = await framesOf(join(folder, 'out', 'depth_input_control.mp4'));
    assert.deepEqual(copied, await framesOf(join(folder, 'depth.mp4')));
  });

  it('draws the square that the colour pass shows', async () => {
    const folder = await makeJob({...FULL, canny_threshold: 'very_low', depth: undefined, seg: undefined});
    assert.equal((await runProgram(folder)).code, 0);
    const [edge] = await framesOf(join(folder, 'out', 'edge_input_control.mp4'));
    assert.ok(edge);
    assert.ok(middleLuma(edge) < 20, 'flat ground is black');
    const row = edge.y.subarray(32 * 96, 33 * 96);
    assert.ok(Math.max(...row.subarray(29, 36)) > 150, 'the left side of the square is white');
    assert.ok(
      edge.u.every((value) => Math.abs(value - 128) <= 2),
      'edges are grey',
    );
  });

  for (const [label, spec, message] of [
    ['a missing colour pass', {...FULL, input_video_path: 'gone.mp4'}, /gone\.mp4 cannot be read \(ENOENT\)/],
    [
      'another frame count',
      {...FULL, depth: {control_weight: 1, input_control: 'short.mp4'}},
      /depth \(short\.mp4\) has 5 frames, against 12/,
    ],
    [
      'another size',
      {...FULL, seg: {control_weight: 1, input_control: 'small.mp4'}},
      /seg \(small\.mp4\) has 64x64 pixels, against 96x64/,
    ],
    [
      'another rate',
      {...FULL, seg: {control_weight: 1, input_control: 'fast.mp4'}},
      /seg \(fast\.mp4\) has 30 frames per second, against 24/,
    ],
    [
      'a text for a video',
      {...FULL, seg: {control_weight: 1, input_control: 'notes.mp4'}},
      /notes\.mp4 is not a video/,
    ],
    ['a depth that nobody rendered', {...FULL, depth: {control_weight: 1}}, /cannot compute depth/],
  ] as const) {
    it(`fails in one line on ${label}`, async () => {
      const folder = await makeJob(spec);
      await writeClip(join(folder, 'short.mp4'), {...SMALL, frames: 5});
      await writeClip(join(folder, 'small.mp4'), {...SMALL, width: 64});
      await writeClip(join(folder, 'fast.mp4'), {...SMALL, fps: 30, timescale: 30_000});
      await writeFile(join(folder, 'notes.mp4'), 'remember the milk');
      const {code, stderr} = await runProgram(folder);
      assert.equal(code, 1);
      assert.match(stderr, /^preview: error: [^\n]+\n$/);
      assert.match(stderr, message);
      const left = await readdir(join(folder, 'out')).catch(() => []);
      assert.deepEqual(
        left.filter((name) => name.endsWith('.mp4')),
        [],
      );
    });
  }
});

type Passes = Record<'color' | 'depth' | 'seg', ClipShape>;

/** A job folder with a spec and three passes whose middles are 120, 200 and 60. */
async function makeJob(
  spec: object,
  passes: Passes = {color: SMALL, depth: SMALL, seg: SMALL},
): Promise<string> {
  const folder = await temporaryFolder('preview');
  await writeFile(join(folder, 'spec.json'), JSON.stringify(spec));
  await writeClip(join(folder, 'color.mp4'), passes.color, 120);
  await writeClip(join(folder, 'depth.mp4'), passes.depth, 200);
  await writeClip(join(folder, 'seg.mp4'), passes.seg, 60);
  return folder;
}

async function runProgram(folder: string): Promise<{code: number; stdout: string; stderr: string}> {
  try {
    const argv = ['--import', LOADER, PROGRAM, 'spec.json', 'out'];
    const {stdout, stderr} = await promisify(execFile)(process.execPath, argv, {cwd: folder});
    return {code: 0, stdout, stderr};
  } catch (error) {
    return error as {code: number; stdout: string; stderr: string};
  }
}

function timesOf({index, timestampUs, durationUs}: Frame): object {
  return {index, timestampUs, durationUs};
}

async function framesOf(path: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of decodeFrames(path)) frames.push(frame);
  return frames;
}
