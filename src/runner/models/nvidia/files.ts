/**
 * The files that a spec names: read where they are, and put back into the spec under the paths that they have on the target.
 */
import {extname} from 'node:path';
import {CosmosError} from '../../../errors.ts';
import {findingOf, findUnreadable} from '../../findings.ts';
import {mediaTypeOf} from '../../media-types.ts';
import type {ModelInput} from '../../model.ts';
import {placeOfPass, readPass, type Pass, type Scene} from '../../scene.ts';
import {placeIn, type KnownVideos, type SpecSource} from '../../source.ts';

/** A path in a spec. */
export interface FileRef {
  role: string;
  /** File name below inputs/, without its ending. */
  stem: string;
  /** Where it stands in the spec, as people write it. */
  key: string;
  path: string;
  /** A video whose frames are counted and compared. */
  isVideo: boolean;
}

/** The name of a file below inputs/. */
export function inputName({stem, path}: FileRef): string {
  return `${stem}${extname(path).toLowerCase()}`;
}

export interface Places extends Pick<SpecSource, 'folder' | 'locate'> {
  /** A video whose fault is among the findings is null. */
  known: KnownVideos;
}

/** Puts another path into the spec for each that it names. */
export type MapFiles = (place: (ref: FileRef) => string) => unknown;

/** What a spec names. */
export function collectRefs(mapFiles: MapFiles): FileRef[] {
  const refs: FileRef[] = [];
  mapFiles((ref) => {
    refs.push(ref);
    return ref.path;
  });
  return refs;
}

/** The passes of a scene were probed already; `color` stands in the spec also when that pass is missing or broken. */
export function placesInScene({passes, folder = ''}: Scene, color: string | undefined): Places {
  const known = new Map<string, Pass | null>(Object.values(passes).map((pass) => [pass.path, pass]));
  if (color !== undefined && !known.has(color)) known.set(color, null);
  return {folder, known};
}

/** Reads every file of a spec; what cannot be read goes to `findings`. */
export async function readInputs(
  refs: readonly FileRef[],
  places: Places,
  findings: string[],
): Promise<ModelInput[]> {
  const inputs: ModelInput[] = [];
  for (const ref of refs) {
    const path = placeIn(places, ref.path);
    const pass = places.known.get(path);
    if (pass === null) continue;
    const input = await findingOf(findings, () => readInput(ref, path, pass));
    if (input) inputs.push(input);
  }
  return inputs;
}

async function readInput(ref: FileRef, path: string, known: Pass | undefined): Promise<ModelInput> {
  const {role, key, isVideo} = ref;
  const input = {name: inputName(ref), role, mediaType: mediaTypeOf(ref.path), content: {path}};
  if (known) return {...input, content: {path: placeOfPass(known)}, media: known.media};
  const reason = await findUnreadable(path);
  if (reason !== undefined) throw new CosmosError('file.unreadable', `"${key}": ${path} ${reason}`);
  return isVideo ? {...input, media: (await readPass(path)).media} : input;
}
