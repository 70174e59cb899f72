/**
 * Transfer1 for driving scenes of several cameras (transfer_multiview.py): hdmap or lidar with one control video for each of six
 * views, five for Waymo. It reads controls and the video of the front view from the spec, and everything else from the command
 * line.
 */
import {escapeBraces} from '../../template.ts';
import {objectOf, onlyKeys, textOf, type Json} from '../../json.ts';
import type {ModelInput, NormalRequest} from '../../model.ts';
import type {ParameterTable} from '../parameters.ts';
import {DRIVING, HINTS, SPEC_MEMBERS} from './hints.ts';
import {CONTINUED_KEYS, OPTION_KEYS, TRANSFER1, TRANSFER1_VIEWS, VIEW_PROMPT_KEYS} from './parameters.ts';

export const MULTIVIEW_PROGRAM = 'cosmos_transfer1/diffusion/inference/transfer_multiview.py';
/** The role of the video that a run goes on from: all views, one after the other. */
export const INITIAL = 'initial-condition';
const WAYMO_VIEWS = 5;
const VIEWS = [WAYMO_VIEWS, 6];
/** The program refuses any other member of a spec. */
const OWN_MEMBERS: readonly string[] = ['prompts', 'view_condition_video', ...DRIVING];
const OPTIONS = ['num_steps', 'guidance', 'seed', 'fps'];

export function isMultiview(spec: Json): boolean {
  return DRIVING.some((hint) => viewsOf(spec, hint) !== undefined);
}

/** What can be asked for with this spec. */
export function tableOf(spec: Json): ParameterTable {
  return isMultiview(spec) ? TRANSFER1_VIEWS : TRANSFER1;
}

/** Members of a spec of several views that mean something. */
export const VIEW_MEMBERS: readonly string[] = [
  'prompt',
  ...OWN_MEMBERS,
  ...TRANSFER1_VIEWS.parameters.map(({key}) => key),
];

function viewsOf(spec: Json, hint: string): unknown[] | undefined {
  const {input_control: views} = objectOf(spec[hint]);
  return Array.isArray(views) ? views : undefined;
}

function isWaymo(spec: Json): boolean {
  return DRIVING.some((hint) => viewsOf(spec, hint)?.length === WAYMO_VIEWS);
}

export function findViewMistakes(spec: Json): string[] {
  const wrong = DRIVING.flatMap((hint) => {
    const views = viewsOf(spec, hint);
    return views && !VIEWS.includes(views.length)
      ? [`"${hint}.input_control" has ${views.length} videos; there are 6 views, or 5 of Waymo`]
      : [];
  });
  return isMultiview(spec) ? [...wrong, ...findUnlikeViews(spec), ...findIgnored(spec)] : [];
}

function findUnlikeViews(spec: Json): string[] {
  const given = DRIVING.filter((hint) => spec[hint] !== undefined);
  const counts = new Set(given.map((hint) => viewsOf(spec, hint)?.length));
  return counts.size > 1 ? [`${given.join(' and ')} must each have a list of as many videos`] : [];
}

/** What the program would take without a word or not at all. */
function findIgnored(spec: Json): string[] {
  const others = [...SPEC_MEMBERS, ...OPTION_KEYS].filter(
    (key) => !VIEW_MEMBERS.includes(key) && !HINTS.some((hint) => hint === key),
  );
  const isSaid = (key: string): boolean => spec[key] !== undefined && spec[key] !== false && spec[key] !== '';
  const isAlone = textOf(spec['initial_condition_video']) === undefined;
  return [
    ...others
      .filter(isSaid)
      .map((key) => `"${key}" has no effect: the program for several views does not read it`),
    ...(isWaymo(spec) && isSaid('prompt_back')
      ? ['"prompt_back" has no effect: Waymo has no camera that faces back']
      : []),
    ...CONTINUED_KEYS.filter((key) => isAlone && isSaid(key)).map(
      (key) => `"${key}" has no effect without an "initial_condition_video"`,
    ),
  ];
}

/** A video to go on from that is too short for what is taken from it. */
export function findShortInitial(spec: Json, inputs: readonly ModelInput[]): string[] {
  const media = inputs.find(({role}) => role === INITIAL)?.media;
  const views = isWaymo(spec) ? WAYMO_VIEWS : 6;
  const least = views * Number(spec['num_input_frames'] ?? 1);
  return media && media.frames < least
    ? [
        `"initial_condition_video" has ${media.frames} frames; ${views} views one after the other need ${least}`,
      ]
    : [];
}

export function findViewOddities(spec: Json): string[] {
  const isContinued = textOf(spec['initial_condition_video']) !== undefined;
  const model = isContinued ? 'v2w' : 't2w';
  const unlike = DRIVING.filter((hint) => {
    const checkpoint = textOf(objectOf(spec[hint])['ckpt_path']);
    return checkpoint !== undefined && /[tv]2w/.test(checkpoint) && !checkpoint.includes(model);
  });
  return [
    ...(spec['prompts'] === undefined
      ? []
      : ['"prompts" has no effect: the texts are --prompt and --set prompt_left=…, prompt_right and so on']),
    ...(textOf(spec['view_condition_video']) === undefined
      ? ['there is no "view_condition_video"; the examples of NVIDIA always have one']
      : []),
    ...unlike.map(
      (hint) =>
        `"${hint}.ckpt_path" does not look like one for the base model ${model}, which a run ${isContinued ? 'with' : 'without'} an "initial_condition_video" takes`,
    ),
  ];
}

/** What the program reads; anything else in its spec is an error there. */
export function multiviewSpec(spec: Json): Json {
  return onlyKeys(spec, (key) => OWN_MEMBERS.includes(key));
}

/** The words behind those that both programs take. */
export function multiviewWords(spec: Json, {parameters, prompt}: NormalRequest): string[] {
  const said = [...OPTIONS, ...VIEW_PROMPT_KEYS, ...CONTINUED_KEYS].filter(
    (key) => parameters[key] !== undefined,
  );
  return [
    ...said.flatMap((key) => option(key, String(parameters[key]))),
    ...(prompt === null ? [] : option('prompt', prompt.text)),
    ...(hasInitial(parameters) ? ['--initial_condition_video', `{inputs.${INITIAL}}`] : []),
    // Any text that is not empty is true there.
    ...(isWaymo(spec) ? ['--waymo_example', 'True'] : []),
  ];
}

/** A text that begins like an option would be taken for one. */
function option(key: string, text: string): string[] {
  const value = escapeBraces(text);
  return text.startsWith('-') ? [`--${key}=${value}`] : [`--${key}`, value];
}

function hasInitial({initial_condition_video: path}: Json): boolean {
  return textOf(path) !== undefined;
}

/** The program goes from text to world, or on from a video. */
export function multiviewBase({parameters}: NormalRequest): string {
  return `nvidia/Cosmos-Transfer1-7B-Sample-AV-Single2MultiView/${hasInitial(parameters) ? 'v2w' : 't2w'}_base_model.pt`;
}
