/**
 * What a run is made from: the passes of a scene, or one spec of a spec file. Read before the model looks at it, so that
 * every model takes folders, files and scenes of the store alike.
 */
import {readFile, stat} from 'node:fs/promises';
import {basename, dirname, extname, isAbsolute, join} from 'node:path';
import {CosmosError, isErrno} from '../errors.ts';
import {readGivenFile} from '../platform/given-file.ts';
import {isObject, type Json} from './json.ts';
import {mediaTypeOf} from './media-types.ts';
import {readPass, readScene, type Pass, type Scene} from './scene.ts';
import {findingOf} from './findings.ts';

export type RunSource = SceneSource | SpecSource;

export interface SceneSource {
  scene: Scene;
  /** The name of its ref, for a scene of the store. */
  ref?: string;
  /** What is wrong with its videos; a run of it is refused with these and all others. */
  findings: readonly string[];
}

export interface SpecSource {
  /** The name of the file, without its ending; of a file of several specs with the number of the line. */
  name: string;
  spec: Json;
  /** Absolute. */
  path: string;
  /** Where relative paths of the spec start. */
  folder: string;
  locate?: Locate | undefined;
  /** Its videos that were looked at already. */
  known?: KnownVideos;
  /** What is wrong already; a run of it is refused with these and all others. */
  findings: readonly string[];
}

/** By absolute path; null for one of which nothing is known, and nothing more is to be said. */
export type KnownVideos = ReadonlyMap<string, Pass | null>;

/** Where the file lies that a spec names by this path; undefined for one that lies where the path says. */
export type Locate = (path: string) => string | undefined;

/** The parser's own words help with a text that a person wrote, not with the bytes of a video. */
const SHORT_TEXT = 64 * 1024;
const SCENE_HINT =
  'Nothing was started. Give a scene (a folder with color.mp4 and its passes, or a name that "cosmos scene list" shows), a prompt, or a spec file in JSON.';

const FILE_HINT = 'Nothing was started. Make the file readable for your user, or give another one.';

/** How a run's document names where it came from. */
export function sceneOf(source: RunSource): {name: string; ref?: string} {
  if (!isScene(source)) return {name: source.name};
  return {name: source.scene.name, ...(source.ref !== undefined && {ref: source.ref})};
}

export function isScene(source: RunSource): source is SceneSource {
  return 'scene' in source;
}

/** Where a file lies that a spec names. */
export function placeIn({folder, locate}: Pick<SpecSource, 'folder' | 'locate'>, path: string): string {
  return locate?.(path) ?? (isAbsolute(path) ? path : join(folder, path));
}

/** What is called so in messages. */
export function sourceName(source: RunSource): string {
  return isScene(source) ? (source.scene.folder ?? source.scene.name) : source.path;
}

/**
 * Reads a scene folder, a video, or a spec file: JSON has one spec, JSONL one in each line.
 * @param specHint what a spec file of the model looks like
 * @throws CosmosError file.unreadable, input.invalid for what is neither
 */
export async function readSources(path: string, specHint: string): Promise<RunSource[]> {
  if (await isFolder(path)) {
    const findings: string[] = [];
    return [{scene: await readScene(path, findings), findings}];
  }
  if (mediaTypeOf(path).startsWith('video/')) return [await readClip(path)];
  const text = await readGivenFile(path, FILE_HINT, () => readFile(path, 'utf8'));
  const place = {path, folder: dirname(path), findings: []};
  const name = basename(path, extname(path));
  if (extname(path).toLowerCase() !== '.jsonl')
    return [{...place, name, spec: parseSpec(text, path, specHint)}];
  const lines = text.split('\n').map((line) => line.trim());
  const specs = lines.flatMap((line, index) =>
    line === '' ? [] : [{index, spec: parseSpec(line, `${path}, line ${index + 1}`, specHint)}],
  );
  if (specs.length === 0) throw notSpec(`${path} holds no spec.`, path, specHint);
  return specs.map(({index, spec}) => ({
    ...place,
    name: specs.length === 1 ? name : `${name}-${index + 1}`,
    spec,
  }));
}

/** A video alone is a scene of one pass. */
async function readClip(path: string): Promise<SceneSource> {
  const findings: string[] = [];
  const color = await findingOf(findings, () => readPass(path));
  const name = basename(path, extname(path));
  return {scene: {name, passes: color ? {color} : {}, broken: color ? [] : ['color']}, findings};
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new CosmosError('file.unreadable', `There is nothing to run at ${path} (${error.code ?? ''}).`, {
      hint: SCENE_HINT,
      cause: error,
      facts: {path},
    });
  }
}

function parseSpec(text: string, where: string, specHint: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const words =
      error instanceof Error && text.length < SHORT_TEXT ? ` (${error.message.replaceAll(/\s+/g, ' ')})` : '';
    throw notSpec(`${where} is not a spec file: it is not JSON${words}.`, where, specHint, error);
  }
  if (isObject(value)) return value;
  throw notSpec(`${where} is JSON, but not a JSON object.`, where, specHint);
}

function notSpec(message: string, path: string, hint: string, cause?: unknown): CosmosError {
  return new CosmosError('input.invalid', message, {
    hint: `Nothing was started. ${hint}`,
    cause,
    facts: {path},
  });
}
