/** Files and workspaces for the benchmarks, made in a folder of their own. */
import {randomBytes} from 'node:crypto';
import {mkdir, open, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {BlobFacts} from '../src/cas/descriptor.ts';
import {digestOf} from '../src/cas/digest.ts';
import {VideoWriter} from '../src/media/encode.ts';
import type {Frame} from '../src/media/frame.ts';
import {decodeFrames} from '../src/media/frames.ts';
import {initWorkspace} from '../src/workspace/init.ts';
import {openWorkspace} from '../src/workspace/workspace.ts';
import type {RunDocument} from '../src/manifest/types.gen.ts';

export const GIB = 1 << 30;

/** A file of bytes that no other file has: one random MiB, numbered and repeated. */
export async function makeFile(path: string, sizeBytes: number): Promise<string> {
  const block = randomBytes(1 << 20);
  const handle = await open(path, 'w');
  for (let written = 0; written < sizeBytes; written += block.length) {
    block.writeDoubleLE(written, 0);
    await handle.write(block, 0, Math.min(block.length, sizeBytes - written));
  }
  await handle.sync();
  await handle.close();
  return path;
}

export async function makeFiles(folder: string, count: number, sizeBytes: number): Promise<string[]> {
  await mkdir(folder, {recursive: true});
  const paths: string[] = [];
  for (let index = 0; index < count; index += 1)
    paths.push(await makeFile(join(folder, `f${index}`), sizeBytes));
  return paths;
}

/** The sample scene, there and back, at 24 frames a second. */
export async function makeClip(path: string, seconds: number): Promise<string> {
  const scene = fileURLToPath(new URL('../examples/scenes/city/color.mp4', import.meta.url));
  const frames: Frame[] = [];
  for await (const frame of decodeFrames(scene)) frames.push(frame);
  const [first] = frames;
  if (!first) throw new Error('the sample scene has no frames');
  const {width, height} = first;
  const writer = await VideoWriter.open(path, {width, height, fps: 24, timescale: 24_000});
  for (let index = 0; index < 24 * seconds; index += 1) {
    const place = index % (2 * frames.length);
    const frame = frames[Math.min(place, 2 * frames.length - 1 - place)] ?? first;
    await writer.write({...frame, index, timestampUs: Math.round((index * 1e6) / 24), durationUs: 41_667});
  }
  await writer.finish();
  return path;
}

/** A workspace with documents of ended runs, written by the manifest writer and indexed by it. */
export async function makeRuns(folder: string, count: number): Promise<string> {
  const root = await initWorkspace(folder);
  const workspace = await openWorkspace(root, {actor: 'bench'});
  try {
    for (let index = 0; index < count; index += 1)
      await workspace.documents.create('runs', makeRunDocument(index));
  } finally {
    await workspace.close();
  }
  return root;
}

/** @param blobs what it has made; by default one that is nowhere */
export function makeRunDocument(index: number, blobs?: readonly BlobFacts[]): RunDocument {
  const hex = index.toString(16).padStart(32, '0');
  const at = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString();
  const outputs = blobs ?? [{digest: digestOf(index.toString(16).padStart(64, '0')), size: 3_000_000}];
  return {
    schema: 'cosmos/run/v1',
    id: `rs_${hex}`,
    aliases: [],
    name: null,
    kind: 'preview',
    model: {family: 'preview', adapterVersion: 1},
    status: 'completed',
    createdAt: at,
    prompt: {
      id: `ps_${hex}`,
      text: `prompt ${index}: golden hour, warm light, long shadows over the city`,
      negative: null,
    },
    scene: {name: 'city'},
    attempts: [{number: 1, at}],
    parents: [],
    spec: null,
    parameters: {weights: {vis: 0.25, edge: 0.25, depth: 0.25, seg: 0.25}, seed: 1},
    inputs: [],
    outputs: outputs.map(({digest, size}, place) => ({
      ...{mediaType: 'video/mp4', digest, size, role: 'output' as const},
      name: place === 0 ? 'output.mp4' : `output-${place}.mp4`,
    })),
    released: [],
    primaryOutput: 'output.mp4',
    log: null,
    plan: null,
    execution: {target: 'local', launcher: 'process', command: []},
    cancelRequested: null,
    failure: null,
    events: [{seq: 1, at, from: null, to: 'completed', by: 'bench', reason: 'made for the benchmark'}],
    rating: null,
    tags: [],
    notes: null,
  };
}

export async function freshFolder(folder: string): Promise<void> {
  await rm(folder, {recursive: true, force: true});
  await mkdir(folder, {recursive: true});
}

export async function freshWorkspace(folder: string): Promise<string> {
  await rm(folder, {recursive: true, force: true});
  return initWorkspace(folder);
}
