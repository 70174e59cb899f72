/**
 * PNG sequences of a render, `color.0001.png` and so on, into the aligned videos of a scene. Everything that is wrong with any of
 * them is said before anything is encoded.
 */
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {CosmosError, isErrno} from '../errors.ts';
import {VideoWriter} from '../media/encode.ts';
import {readPng, readPngHead} from '../media/png.ts';
import {COLOR_SPACE, toFrame} from '../media/rgb.ts';
import {findingOf, refuseFindings} from '../runner/findings.ts';
import {PASS_FILES, readPass, type PassName, type Scene} from '../runner/scene.ts';

/** Ticks per frame: players and models want a clock that frames fit into. */
const TICKS = 512;
const FRAME = /^(color|depth|segmentation|seg|vis|edge)\.(\d+)\.png$/i;
const HINT =
  'Nothing was made. A sequence is called color.0001.png, depth.0001.png, segmentation.0001.png, vis.0001.png or edge.0001.png, with the same numbers in each.';

export interface Sequence {
  pass: PassName;
  /** In the order of their numbers. */
  files: string[];
  first: number;
  width: number;
  height: number;
}

/** @throws CosmosError input.invalid with every finding, file.unreadable */
export async function findSequences(folder: string): Promise<Sequence[]> {
  const findings: string[] = [];
  const numbers = await listFrames(folder, findings);
  const sequences: Sequence[] = [];
  for (const [pass, frames] of numbers) {
    findings.push(...findGaps(pass, frames));
    const sequence = await readSequence(folder, {pass, frames}, findings);
    if (sequence) sequences.push(sequence);
  }
  if (!numbers.has('color')) findings.push(`there is no color.NNNN.png in ${folder}`);
  findings.push(...findMismatches(sequences));
  refuseFindings(folder, findings, HINT);
  return sequences;
}

type Frames = Map<number, string>;

async function listFrames(folder: string, findings: string[]): Promise<Map<PassName, Frames>> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (!isErrno(error)) throw error;
    throw new CosmosError('file.unreadable', `Cannot read the folder ${folder} (${error.code ?? ''}).`, {
      hint: HINT,
      cause: error,
      facts: {folder},
    });
  });
  const passes = new Map<PassName, Frames>();
  const strange: string[] = [];
  for (const name of names.filter((each) => /\.png$/i.test(each)).toSorted()) {
    const [, word = '', digits] = FRAME.exec(name) ?? [];
    const pass = passOf(word.toLowerCase());
    if (pass === undefined || digits === undefined) strange.push(name);
    else {
      const frames: Frames = passes.get(pass) ?? new Map<number, string>();
      const number = Number(digits);
      if (frames.has(number)) findings.push(`${pass}: the number ${number} is there twice`);
      passes.set(pass, frames.set(number, name));
    }
  }
  if (strange.length > 0) findings.push(`these files belong to no sequence: ${shortList(strange)}`);
  return passes;
}

function passOf(word: string): PassName | undefined {
  if (word === 'segmentation') return 'seg';
  return (Object.keys(PASS_FILES) as PassName[]).find((pass) => pass === word);
}

function findGaps(pass: PassName, frames: Frames): string[] {
  const numbers = [...frames.keys()].toSorted((a, b) => a - b);
  const [first = 0] = numbers;
  const last = numbers.at(-1) ?? first;
  const missing: string[] = [];
  for (let number = first; number <= last && missing.length <= MOST_NAMED; number += 1)
    if (!frames.has(number)) missing.push(String(number));
  return missing.length === 0 ? [] : [`${pass} has gaps: ${shortList(missing)}`];
}

const MOST_NAMED = 8;

function shortList(items: readonly string[]): string {
  const shown = items.slice(0, MOST_NAMED).join(', ');
  return items.length > MOST_NAMED ? `${shown} and more` : shown;
}

/** The head of every file is read, so that a torn one is found now. */
async function readSequence(
  folder: string,
  {pass, frames}: {pass: PassName; frames: Frames},
  findings: string[],
): Promise<Sequence | undefined> {
  const sorted = [...frames].toSorted(([a], [b]) => a - b);
  const files = sorted.map(([, name]) => join(folder, name));
  const [start] = sorted;
  let size: {width: number; height: number} | undefined;
  for (const path of files) {
    const head = await findingOf(findings, () => readPngHead(path));
    if (!head) continue;
    size ??= head;
    if (head.width !== size.width || head.height !== size.height)
      findings.push(
        `${path} is ${head.width}x${head.height}, the sequence begins with ${size.width}x${size.height}`,
      );
  }
  if (!size || !start) return undefined;
  if (size.width % 2 !== 0 || size.height % 2 !== 0)
    findings.push(
      `${pass} is ${size.width}x${size.height}; H.264 needs an even width and height: render it one pixel larger or smaller`,
    );
  return {pass, files, first: start[0], ...size};
}

function findMismatches(sequences: readonly Sequence[]): string[] {
  const color = sequences.find(({pass}) => pass === 'color');
  if (!color) return [];
  return sequences.flatMap(({pass, files, first, width, height}) => [
    ...(files.length === color.files.length
      ? []
      : [`${pass} has ${files.length} frames, color has ${color.files.length}`]),
    ...(first === color.first ? [] : [`${pass} begins with ${first}, color with ${color.first}`]),
    ...(width === color.width && height === color.height
      ? []
      : [`${pass} is ${width}x${height}, color is ${color.width}x${color.height}`]),
  ]);
}

export interface EncodeOptions {
  fps: number;
  onFrame: (done: number, total: number) => void;
}

/** The videos of the sequences, in a folder that `work` has and that is removed after it. */
export async function withVideos<T>(
  sequences: readonly Sequence[],
  options: EncodeOptions,
  work: (scene: Pick<Scene, 'passes'> & {findings: readonly string[]}) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cosmos-scene-'));
  try {
    const total = sequences.reduce((sum, {files}) => sum + files.length, 0);
    let done = 0;
    const passes: Scene['passes'] = {};
    for (const sequence of sequences) {
      const path = join(folder, PASS_FILES[sequence.pass][0]);
      await encode(sequence, {path, fps: options.fps, onFrame: () => options.onFrame((done += 1), total)});
      passes[sequence.pass] = await readPass(path);
    }
    return await work({passes, findings: []});
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

async function encode(
  {files, width, height}: Sequence,
  {path, fps, onFrame}: {path: string; fps: number; onFrame: () => void},
): Promise<void> {
  const settings = {width, height, fps, timescale: fps * TICKS, colorSpace: COLOR_SPACE};
  const writer = await VideoWriter.open(path, settings);
  try {
    for (const [index, file] of files.entries()) {
      const timestampUs = Math.round((index * 1e6) / fps);
      const durationUs = Math.round(((index + 1) * 1e6) / fps) - timestampUs;
      await writer.write(toFrame(await readPng(file), {index, timestampUs, durationUs, width, height}));
      onFrame();
    }
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
