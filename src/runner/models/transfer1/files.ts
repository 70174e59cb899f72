/** The files that a control spec names. Paths of checkpoints are the target's own and are left alone. */
import {isObject, textOf, type Json} from '../../json.ts';
import type {FileRef} from '../nvidia/files.ts';
import {HINTS} from './hints.ts';
import {INITIAL, isMultiview} from './multiview.ts';

/** Videos beside the controls of several views, with their roles. */
const CONDITIONS = [
  ['view_condition_video', 'view-condition'],
  ['initial_condition_video', INITIAL],
] as const;

/** The spec with every path replaced by what `place` makes of it. */
export function mapFiles(spec: Json, place: (ref: FileRef) => string): Json {
  const next: Json = {...spec};
  const color = textOf(spec['input_video_path']);
  if (color !== undefined)
    next['input_video_path'] = place({
      role: 'color',
      stem: 'color',
      key: 'input_video_path',
      path: color,
      isVideo: true,
    });
  for (const hint of HINTS) {
    const control = spec[hint];
    if (isObject(control)) next[hint] = mapControl(hint, control, place);
  }
  for (const [key, role] of isMultiview(spec) ? CONDITIONS : []) {
    const path = textOf(spec[key]);
    const stem = role.replaceAll('-', '_');
    if (path !== undefined) next[key] = place({role, stem, key, path, isVideo: true});
  }
  const regions = spec['regional_prompts'];
  if (Array.isArray(regions))
    next['regional_prompts'] = regions.map((region, index) => mapRegion(region, index, place));
  return next;
}

function mapControl(hint: string, control: Json, place: (ref: FileRef) => string): Json {
  const next = {...control};
  const {input_control: views} = control;
  const video = textOf(views);
  const stem = hint === 'seg' ? 'segmentation' : hint;
  if (Array.isArray(views))
    next['input_control'] = views.map((path: unknown, index) =>
      place({
        role: `${hint}-${index + 1}`,
        stem: `${hint}_${index + 1}`,
        key: `${hint}.input_control number ${index + 1}`,
        path: textOf(path) ?? '',
        isVideo: true,
      }),
    );
  if (video !== undefined)
    next['input_control'] = place({
      role: hint,
      stem,
      key: `${hint}.input_control`,
      path: video,
      isVideo: true,
    });
  const weight = textOf(control['control_weight']);
  if (weight?.endsWith('.pt') === true) {
    const role = `${hint}-weight`;
    const key = `${hint}.control_weight`;
    next['control_weight'] = place({role, stem: role, key, path: weight, isVideo: false});
  }
  return next;
}

function mapRegion(region: unknown, index: number, place: (ref: FileRef) => string): unknown {
  const path = isObject(region) ? textOf(region['region_definitions_path']) : undefined;
  if (!isObject(region) || path === undefined) return region;
  const role = `region-${index + 1}`;
  const key = `regional_prompts number ${index + 1}`;
  return {...region, region_definitions_path: place({role, stem: role, key, path, isVideo: false})};
}
