/**
 * Transfer1 for driving scenes of several cameras (transfer_multiview.py): hdmap or lidar with one control video for each of six
 * views, five for Waymo. It reads controls from the spec and everything else from the command line.
 */
import {escapeBraces} from '../../template.ts';
import {objectOf, onlyKeys, textOf, type Json} from '../../json.ts';
import type {NormalRequest} from '../../model.ts';
import {DRIVING} from './hints.ts';

export const MULTIVIEW_PROGRAM = 'cosmos_transfer1/diffusion/inference/transfer_multiview.py';
const WAYMO_VIEWS = 5;
const VIEWS = [WAYMO_VIEWS, 6];
/** Members of a spec that this program reads besides the controls. */
const OWN_MEMBERS: readonly string[] = ['prompts', 'view_condition_video', ...DRIVING];
const OPTIONS = ['num_steps', 'guidance', 'seed', 'fps'];

export function isMultiview(spec: Json): boolean {
  return DRIVING.some((hint) => viewsOf(spec, hint) !== undefined);
}

function viewsOf(spec: Json, hint: string): unknown[] | undefined {
  const {input_control: views} = objectOf(spec[hint]);
  return Array.isArray(views) ? views : undefined;
}

export function findViewMistakes(spec: Json): string[] {
  return DRIVING.flatMap((hint) => {
    const views = viewsOf(spec, hint);
    return views && !VIEWS.includes(views.length)
      ? [`"${hint}.input_control" has ${views.length} videos; there are 6 views, or 5 of Waymo`]
      : [];
  });
}

/** What the program reads; anything else in its spec is an error there. */
export function multiviewSpec(spec: Json): Json {
  return onlyKeys(spec, (key) => OWN_MEMBERS.includes(key));
}

/** The words behind those that both programs take. */
export function multiviewWords(spec: Json, {parameters, prompt}: NormalRequest): string[] {
  const isWaymo = DRIVING.some((hint) => viewsOf(spec, hint)?.length === WAYMO_VIEWS);
  return [
    ...OPTIONS.flatMap((key) => [`--${key}`, String(parameters[key])]),
    ...(prompt === null ? [] : ['--prompt', escapeBraces(prompt.text)]),
    ...(prompt?.negative == null ? [] : ['--negative_prompt', escapeBraces(prompt.negative)]),
    // Any text that is not empty is true there.
    ...(isWaymo ? ['--waymo_example', 'True'] : []),
  ];
}

/** The checkpoint of the base model that the published controls belong to: text to world, or video to world. */
export function multiviewBase(spec: Json): string {
  const isVideo = DRIVING.some((hint) => textOf(objectOf(spec[hint])['ckpt_path'])?.includes('v2w') === true);
  return `nvidia/Cosmos-Transfer1-7B-Sample-AV-Single2MultiView/${isVideo ? 'v2w' : 't2w'}_base_model.pt`;
}
