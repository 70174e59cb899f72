/** Scenes: folders of aligned passes of one shot. What disagrees between the passes is found before anything runs. */
import {readdir} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {CosmosError, isErrno} from '../errors.ts';
import type {RunFile} from '../manifest/types.gen.ts';
import {findingOf} from './findings.ts';

/** The passes and the file names that they may have. */
export const PASS_FILES = {
  color: ['color.mp4'],
  depth: ['depth.mp4'],
  seg: ['segmentation.mp4', 'seg.mp4'],
  edge: ['edge.mp4'],
  vis: ['vis.mp4'],
} as const;

export type PassName = keyof typeof PASS_FILES;
type MediaFacts = NonNullable<RunFile['media']>;

export interface Pass {
  /** Where it lies; the name of its file says what it is. */
  path: string;
  /** Where its bytes lie, when that is another place: a blob has no ending. */
  at?: string;
  media: MediaFacts;
}

export interface Scene {
  name: string;
  /** Absolute; a scene of the store has none. */
  folder?: string;
  passes: Partial<Record<PassName, Pass>>;
  /** Passes that are there and cannot be read; what is wrong with each is among the findings. */
  broken: PassName[];
}

/** Reads a scene folder; what is wrong with it goes to `findings`. */
export async function readScene(folder: string, findings: string[]): Promise<Scene> {
  const names = await listFolder(folder);
  const scene: Scene = {name: basename(folder), folder, passes: {}, broken: []};
  for (const [pass, files] of Object.entries(PASS_FILES) as [PassName, readonly string[]][]) {
    const file = files.find((name) => names.includes(name));
    if (file === undefined) continue;
    const found = await findingOf(findings, () => readPass(join(folder, file)));
    if (found) scene.passes[pass] = found;
    else scene.broken.push(pass);
  }
  if (!names.includes('color.mp4')) findings.push(`there is no color.mp4 in ${folder}`);
  findings.push(...findDisagreements(scene.passes));
  return scene;
}

/** Where the bytes of a pass are read. */
export function placeOfPass({path, at}: Pass): string {
  return at ?? path;
}

/** Probes one video. @throws CosmosError file.unreadable, media.unreadable */
export async function readPass(path: string): Promise<Pass> {
  const {probeVideo} = await import('../media/probe.ts');
  return {path, media: await probeVideo(path)};
}

/** Frame counts, sizes and rates that differ from those of the colour pass. */
export function findDisagreements(passes: Scene['passes']): string[] {
  const color = passes.color?.media;
  if (!color) return [];
  const findings: string[] = [];
  for (const [name, pass] of Object.entries(passes)) {
    const {media} = pass;
    if (media.frames !== color.frames)
      findings.push(`${name} has ${media.frames} frames, color has ${color.frames}`);
    if (media.width !== color.width || media.height !== color.height) {
      findings.push(`${name} is ${media.width}x${media.height}, color is ${color.width}x${color.height}`);
    }
    if (Math.abs(media.fps - color.fps) > 0.01)
      findings.push(`${name} has ${media.fps} frames per second, color has ${color.fps}`);
  }
  return findings;
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EACCES', 'EPERM')) throw error;
    throw new CosmosError(
      'file.unreadable',
      `Cannot read the scene folder ${folder} (${error.code ?? ''}).`,
      {
        hint: 'A scene is a folder with color.mp4 and, if you have them, depth.mp4 and segmentation.mp4.',
        cause: error,
        facts: {folder},
      },
    );
  }
}
