/**
 * What a schema cannot say of a control spec: combinations that Transfer1 refuses or fails on after minutes of loading,
 * videos that do not fit each other, and what it would ignore without a word.
 */
import type {ModelInput} from '../../model.ts';
import {isAutomatic, type Asked} from './asked.ts';
import {findUnlike} from '../nvidia/look.ts';
import {CONTROL_KEYS, DRIVING, HINTS, PUBLISHED_CHECKPOINT, SPEC_MEMBERS, type Hint} from './hints.ts';
import {isObject, objectOf, textOf, type Json} from '../../json.ts';
import {
  findShortInitial,
  findViewMistakes,
  findViewOddities,
  INITIAL,
  isMultiview,
  VIEW_MEMBERS,
} from './multiview.ts';
import type {LaunchOptions} from './options.ts';
import {suggestion} from '../../../nearest.ts';
import {weightsOf} from './weights.ts';

/** Frames of one clip; prompts for regions need a whole one. */
const CLIP_FRAMES = 121;
/** Transfer1 reads no more of an input. */
const MAX_FRAMES = 5000;

export function controlsOf(spec: Json): Hint[] {
  return HINTS.filter((hint) => spec[hint] !== undefined);
}

/** Combinations that cannot work. */
export function findRuleMistakes(spec: Json, {switches}: LaunchOptions): string[] {
  const controls = controlsOf(spec);
  const driving = controls.filter((hint) => DRIVING.includes(hint));
  const findings: string[] = [];
  if (typeof spec['prompt'] === 'string' && spec['prompt'].trim() === '')
    findings.push('the prompt is empty, which the guardrail refuses');
  if (driving.length > 0 && driving.length < controls.length)
    findings.push(
      `${driving.join(' and ')} belong to the driving model and cannot be mixed with other controls`,
    );
  if (controls.includes('upscale') && controls.length > 1) findings.push('upscale must be the only control');
  for (const hint of controls) {
    const {input_control: video} = objectOf(spec[hint]);
    if (Array.isArray(video) && DRIVING.includes(hint)) continue;
    if (Array.isArray(video))
      findings.push(
        `"${hint}.input_control" is a list, which only the multi-view models take; give one video`,
      );
    else if (DRIVING.includes(hint) && textOf(video) === undefined)
      findings.push(`"${hint}" needs an "input_control": Transfer1 cannot compute it`);
  }
  findings.push(...findViewMistakes(spec));
  if (switches.includes('use_distilled')) {
    if (controls.join() !== 'edge') findings.push('use_distilled works with edge as the only control');
    if (switches.includes('save_input_noise'))
      findings.push('use_distilled cannot be combined with save_input_noise');
  }
  return findings;
}

/** Videos that do not fit each other or the spec. */
export function findInputMistakes(
  spec: Json,
  {switches}: LaunchOptions,
  inputs: readonly ModelInput[],
): string[] {
  const findings = [
    ...findUnlike(inputs.filter(({role}) => role !== INITIAL)),
    ...findShortInitial(spec, inputs),
  ];
  const first = inputs.find(({media}) => media !== undefined);
  const frames = first?.media?.frames ?? CLIP_FRAMES;
  const hasRegions = Array.isArray(spec['regional_prompts']) && spec['regional_prompts'].length > 0;
  if (first && hasRegions && !switches.includes('use_distilled') && frames < CLIP_FRAMES)
    findings.push(`prompts for regions need ${CLIP_FRAMES} frames, ${first.role} has ${frames}`);
  return findings;
}

/** What will have no effect, or looks like a mistake. */
export function findOddities(
  spec: Json,
  options: LaunchOptions,
  {asked, inputs}: {asked: Asked; inputs: readonly ModelInput[]},
): string[] {
  return [
    ...oddKeys(spec),
    ...oddControls(spec),
    ...oddValues(spec, asked),
    ...oddSwitches(spec, options),
    ...oddVideos(spec, inputs),
    ...(isMultiview(spec) ? findViewOddities(spec) : []),
  ];
}

function oddKeys(spec: Json): string[] {
  const known = isMultiview(spec) ? VIEW_MEMBERS : SPEC_MEMBERS;
  return Object.keys(spec)
    .filter((key) => !known.includes(key))
    .map((key) => `unknown key "${key}"; Transfer1 ignores it${suggestion(key, known)}`);
}

function oddControls(spec: Json): string[] {
  return controlsOf(spec).flatMap((hint) => {
    const control = objectOf(spec[hint]);
    const unknown = Object.keys(control).filter((key) => !CONTROL_KEYS.includes(key));
    const onlySeg = ['control_weight_prompt', 'input_control_prompt'].filter(
      (key) => hint !== 'seg' && control[key] !== undefined,
    );
    const checkpoint = textOf(control['ckpt_path']);
    return [
      ...unknown.map(
        (key) => `unknown key "${hint}.${key}"; Transfer1 ignores it${suggestion(key, CONTROL_KEYS)}`,
      ),
      ...onlySeg.map((key) => `"${hint}.${key}" has no effect; Transfer1 reads it for seg only`),
      ...(checkpoint !== undefined && !PUBLISHED_CHECKPOINT.test(checkpoint)
        ? [
            `"${hint}.ckpt_path" is none of the published checkpoints; it must be on the target: ${checkpoint}`,
          ]
        : []),
    ];
  });
}

function oddValues(spec: Json, {given}: Asked): string[] {
  const sum = Object.values(weightsOf(spec)).reduce((total, weight) => total + weight, 0);
  const hasDrawnEdges = spec['edge'] !== undefined && !isAutomatic(spec, 'edge');
  return [
    ...(sum > 1 ? [`the weights sum to ${Number(sum.toFixed(4))}; Transfer1 scales them to sum to 1`] : []),
    ...(given['canny_threshold'] !== undefined
      ? [
          hasDrawnEdges
            ? 'canny_threshold has no effect: the edge video is given'
            : 'canny_threshold has no effect: Transfer1 draws automatic edges with random thresholds; render an edge pass to decide them',
        ]
      : []),
    ...(textOf(spec['prompt']) === undefined
      ? ["no prompt was given; Transfer1's own general prompt is used"]
      : []),
  ];
}

function oddSwitches(spec: Json, {switches, gpus}: LaunchOptions): string[] {
  const hasRegions = spec['regional_prompts'] !== undefined;
  const isUpsampled = switches.includes('upsample_prompt');
  const hasSource = (['vis', 'edge', 'seg', 'depth'] as const).some((hint) => isObject(spec[hint]));
  return [
    ...(hasRegions && switches.includes('use_distilled')
      ? ['regional_prompts have no effect with use_distilled']
      : []),
    ...(isUpsampled && !hasSource ? ['upsample_prompt has no effect without vis, edge, seg or depth'] : []),
    ...(isUpsampled && gpus > 1 ? ['upsample_prompt on several GPUs is known to end in a timeout'] : []),
  ];
}

function oddVideos(spec: Json, inputs: readonly ModelInput[]): string[] {
  const media = inputs.find((input) => input.media !== undefined)?.media;
  const {fps} = spec;
  if (!media) return [];
  return [
    ...(typeof fps === 'number' && Math.abs(media.fps - fps) > 0.05
      ? [
          `the input has ${media.fps} frames per second, the output is written with ${fps} and plays ${fps < media.fps ? 'slower' : 'faster'}; --set fps=${Math.round(media.fps)} keeps the speed`,
        ]
      : []),
    ...(media.frames > MAX_FRAMES
      ? [`the input has ${media.frames} frames; Transfer1 reads the first ${MAX_FRAMES}`]
      : []),
  ];
}
