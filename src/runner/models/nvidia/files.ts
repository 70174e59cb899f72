/**
 * The files that a spec names: read where they are, and put back into the spec under the paths that they have on the target.
 */
import {extname, isAbsolute, join} from 'node:path';
import {CosmosError} from '../../../errors.ts';
import {findingOf, findUnreadable} from '../../findings.ts';
import {mediaTypeOf} from '../../media-types.ts';
import type {ModelInput} from '../../model.ts';
import {placeOfPass, readPass, type Pass} from '../../scene.ts';
import type {Locate} from '../../source.ts';

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

export interface Places {
  /** Where relative paths start. */
  folder: string;
  /** Videos that were probed already, by absolute path; null for one whose fault is among the findings. */
  known: ReadonlyMap<string, Pass | null>;
  /** Where a file lies that an earlier run has had under that path. */
  locate: Locate | undefined;
}

/** Reads every file of a spec; what cannot be read goes to `findings`. */
export async function readInputs(
  refs: readonly FileRef[],
  {folder, known, locate}: Places,
  findings: string[],
): Promise<ModelInput[]> {
  const inputs: ModelInput[] = [];
  for (const ref of refs) {
    const path = locate?.(ref.path) ?? (isAbsolute(ref.path) ? ref.path : join(folder, ref.path));
    const pass = known.get(path);
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
