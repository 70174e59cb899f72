/**
 * The files that a control spec names: found in it, read where they are, and put back into it under the paths that they
 * have on the target. Paths of checkpoints are the target's own and are left alone.
 */
import {extname, isAbsolute, join} from 'node:path';
import {CosmosError} from '../../../errors.ts';
import {findingOf, findUnreadable} from '../../findings.ts';
import {mediaTypeOf} from '../../media-types.ts';
import type {ModelInput} from '../../model.ts';
import {readPass, type Pass} from '../../scene.ts';
import {HINTS} from './hints.ts';
import {isObject, textOf, type Json} from './json.ts';

/** A path in a spec. */
export interface FileRef {
  role: string;
  /** File name below inputs/, without its ending. */
  stem: string;
  /** Where it stands in the spec, as people write it. */
  key: string;
  path: string;
}

/** The spec with every path replaced by what `place` makes of it. */
export function mapFiles(spec: Json, place: (ref: FileRef) => string): Json {
  const next: Json = {...spec};
  const color = textOf(spec['input_video_path']);
  if (color !== undefined)
    next['input_video_path'] = place({role: 'color', stem: 'color', key: 'input_video_path', path: color});
  for (const hint of HINTS) {
    const control = spec[hint];
    if (isObject(control)) next[hint] = mapControl(hint, control, place);
  }
  const regions = spec['regional_prompts'];
  if (Array.isArray(regions))
    next['regional_prompts'] = regions.map((region, index) => mapRegion(region, index, place));
  return next;
}

function mapControl(hint: string, control: Json, place: (ref: FileRef) => string): Json {
  const next = {...control};
  const video = textOf(control['input_control']);
  const stem = hint === 'seg' ? 'segmentation' : hint;
  if (video !== undefined)
    next['input_control'] = place({role: hint, stem, key: `${hint}.input_control`, path: video});
  const weight = textOf(control['control_weight']);
  if (weight?.endsWith('.pt') === true) {
    const role = `${hint}-weight`;
    next['control_weight'] = place({role, stem: role, key: `${hint}.control_weight`, path: weight});
  }
  return next;
}

function mapRegion(region: unknown, index: number, place: (ref: FileRef) => string): unknown {
  const path = isObject(region) ? textOf(region['region_definitions_path']) : undefined;
  if (!isObject(region) || path === undefined) return region;
  const role = `region-${index + 1}`;
  const key = `regional_prompts number ${index + 1}`;
  return {...region, region_definitions_path: place({role, stem: role, key, path})};
}

/** A file's name below inputs/. */
export function inputName({stem, path}: FileRef): string {
  return `${stem}${extname(path).toLowerCase()}`;
}

/**
 * Reads every file of a spec. Relative paths start at `folder`; what `known` has was probed already, and what is null there
 * was found wrong already. What cannot be read goes to `findings`.
 */
export async function readInputs(
  spec: Json,
  {folder, known}: {folder: string; known: ReadonlyMap<string, Pass | null>},
  findings: string[],
): Promise<ModelInput[]> {
  const refs: FileRef[] = [];
  mapFiles(spec, (ref) => {
    refs.push(ref);
    return ref.path;
  });
  const inputs: ModelInput[] = [];
  for (const ref of refs) {
    const path = isAbsolute(ref.path) ? ref.path : join(folder, ref.path);
    const pass = known.get(path);
    if (pass === null) continue;
    const input = await findingOf(findings, () => readInput(ref, path, pass));
    if (input) inputs.push(input);
  }
  return inputs;
}

async function readInput(ref: FileRef, path: string, known: Pass | undefined): Promise<ModelInput> {
  const {role, key} = ref;
  const input = {name: inputName(ref), role, mediaType: mediaTypeOf(path), content: {path}};
  const isMeasured = !role.startsWith('region-') && !role.endsWith('-weight');
  if (known) return {...input, media: known.media};
  const reason = await findUnreadable(path);
  if (reason !== undefined) throw new CosmosError('file.unreadable', `"${key}": ${path} ${reason}`);
  if (!isMeasured) return input;
  return {...input, media: (await readPass(path)).media};
}
