/**
 * One preview from spec to files: decode the passes, render on worker threads, encode the computed controls and the mix.
 * A few frames per thread are in flight, so memory does not grow with the length of the video. A failed preview leaves
 * no video behind.
 */
import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {copyVideo} from '../../../media/copy.ts';
import {VideoWriter} from '../../../media/encode.ts';
import {pictureOf, wrapPicture} from '../../../media/frame.ts';
import type {FrameShape} from '../../../media/frame.ts';
import {PicturePool} from '../../../media/picture-pool.ts';
import {readTraits} from '../../../media/probe.ts';
import type {MediaFacts} from '../../../media/probe.ts';
import {controlFile} from './controls.ts';
import type {ControlName} from './controls.ts';
import {Crew} from './crew.ts';
import {checkPasses, decodePasses} from './passes.ts';
import type {Instant} from './passes.ts';
import type {RenderOutput, RenderPlan} from './render.ts';
import type {PreviewSpec} from './spec.ts';

/** Frames in flight for each thread: one being rendered, one waiting, so that no thread ever waits for the main one. */
const PER_THREAD = 2;

type OutputName = 'output' | ControlName;

interface PreviewRun {
  spec: PreviewSpec;
  /** An existing folder. */
  outputDir: string;
  /** Called after each finished frame. */
  onFrame: (done: number, total: number) => void;
}

/**
 * Runs a preview and leaves `output.mp4`, `<control>_input_control.mp4`, `spec_used.json` and `output.txt`. Throws what
 * checkPasses, the decoders and the writers throw.
 */
export async function runPreview(run: PreviewRun): Promise<{frames: number}> {
  const {spec, outputDir} = run;
  const facts = await checkPasses(spec);
  const copies = spec.controls.flatMap(({name, file}) =>
    file === undefined ? [] : [{file, to: join(outputDir, controlFile(name))}],
  );
  try {
    const frames = await both(renderAll(run, facts), copyAll(copies));
    await writeFile(join(outputDir, 'spec_used.json'), `${JSON.stringify(spec.used, null, 2)}\n`);
    await writeFile(join(outputDir, 'output.txt'), `${spec.prompt}\n`);
    return {frames};
  } catch (error) {
    await Promise.all(copies.map(({to}) => rm(to, {force: true})));
    throw error;
  }
}

async function copyAll(copies: {file: string; to: string}[]): Promise<void> {
  for (const {file, to} of copies) await copyVideo(file, to);
}

/** Waits until both have ended, whatever happens, so that nothing writes any more when the first failure is thrown. */
async function both<T>(main: Promise<T>, side: Promise<void>): Promise<T> {
  await Promise.allSettled([main, side]);
  await side;
  return main;
}

async function renderAll(run: PreviewRun, facts: MediaFacts): Promise<number> {
  const crew = new Crew(planOf(run.spec, facts));
  const writers = new Map<OutputName, VideoWriter>();
  try {
    await openWriters(run, facts, writers);
    let done = 0;
    const pool = new PicturePool();
    for await (const rendered of renderInOrder(crew, run.spec, pool)) {
      await writeFrame(writers, rendered);
      for (const picture of [rendered.pictures.output, ...Object.values(rendered.pictures.computed)])
        pool.give(picture);
      done += 1;
      run.onFrame(done, facts.frames);
    }
    for (const writer of writers.values()) await writer.finish();
    return done;
  } catch (error) {
    await Promise.all([...writers.values()].map((writer) => writer.abort()));
    throw error;
  } finally {
    await crew.close();
  }
}

function planOf(
  {cannyThreshold, blurStrength, controls}: PreviewSpec,
  {width, height}: MediaFacts,
): RenderPlan {
  const layers = controls.map(({name, weight, file}) => ({name, weight, isGiven: file !== undefined}));
  return {width, height, cannyThreshold, blurStrength, controls: layers};
}

/** Opens one writer for the mix and one for each computed control, with the clock and colours of the colour pass. */
async function openWriters(
  run: PreviewRun,
  facts: MediaFacts,
  writers: Map<OutputName, VideoWriter>,
): Promise<void> {
  const {spec, outputDir} = run;
  const {width, height, fps} = facts;
  const settings = {width, height, fps, ...(await readTraits(spec.colorFile))};
  writers.set('output', await VideoWriter.open(join(outputDir, 'output.mp4'), settings));
  for (const {name, file} of spec.controls) {
    if (file === undefined)
      writers.set(name, await VideoWriter.open(join(outputDir, controlFile(name)), settings));
  }
}

interface Rendered {
  shape: FrameShape;
  pictures: RenderOutput;
}

/** Keeps every thread busy and hands the frames out in the order of the video. */
async function* renderInOrder(
  crew: Crew,
  spec: PreviewSpec,
  pool: PicturePool,
): AsyncGenerator<Rendered, void> {
  const pending: Promise<Rendered>[] = [];
  for await (const instant of decodePasses(spec, pool)) {
    const rendering = renderInstant(crew, instant);
    // A later frame may fail while an earlier one is awaited; the failure is thrown when its turn comes.
    rendering.catch(() => undefined);
    pending.push(rendering);
    const oldest = pending.length >= crew.size * PER_THREAD ? pending.shift() : undefined;
    if (oldest !== undefined) yield await oldest;
  }
  for (const rendering of pending) yield await rendering;
}

async function renderInstant(crew: Crew, {color, given}: Instant): Promise<Rendered> {
  const {index, timestampUs, durationUs, width, height} = color;
  const named = Object.entries(given).map(([name, frame]) => [name, pictureOf(frame)] as const);
  const pictures = await crew.render({color: pictureOf(color), given: Object.fromEntries(named)});
  return {shape: {index, timestampUs, durationUs, width, height}, pictures};
}

async function writeFrame(writers: Map<OutputName, VideoWriter>, {shape, pictures}: Rendered): Promise<void> {
  const {output, computed} = pictures;
  await Promise.all(
    [...writers].map(async ([name, writer]) => {
      const picture = name === 'output' ? output : computed[name];
      if (picture !== undefined) await writer.write(wrapPicture(picture, shape));
    }),
  );
}
