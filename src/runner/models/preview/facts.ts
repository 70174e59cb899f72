/** What a spec says of itself, in the words of the run's document: weights, texts, parameters, and what looks like a mistake. */
import type {NormalRequest, RunRequest} from '../../model.ts';
import {CONTROLS, type ControlName} from './controls.ts';

/** The weight of a control in a spec; 0 for one that it does not name. */
export function weightOf(spec: Record<string, unknown>, name: ControlName): number {
  const control = spec[name];
  if (typeof control !== 'object' || control === null) return 0;
  return 'control_weight' in control && typeof control.control_weight === 'number'
    ? control.control_weight
    : 0;
}

export function promptOf(spec: Record<string, unknown>): NormalRequest['prompt'] {
  const {prompt, negative_prompt: negative} = spec;
  if (typeof prompt !== 'string' || prompt.trim() === '') return null;
  return {text: prompt, negative: typeof negative === 'string' ? negative : null};
}

/** The weights as they were asked for; where they summed to more than 1, also as they were scaled for the model. */
export function parametersOf(
  spec: Record<string, unknown>,
  used: Record<string, unknown>,
): Record<string, unknown> {
  const scaled = Object.fromEntries(CONTROLS.map((name) => [name, weightOf(used, name)]));
  const asked = Object.fromEntries(CONTROLS.map((name) => [name, weightOf(spec, name)]));
  const isScaled = Object.values(asked).reduce((sum, weight) => sum + weight, 0) > 1;
  const {seed, canny_threshold, blur_strength} = used;
  const weights = isScaled ? {weights: asked, scaled_weights: scaled} : {weights: scaled};
  return {...weights, seed, canny_threshold, blur_strength};
}

export function warningsOf(request: RunRequest, spec: Record<string, unknown>): string[] {
  const sum = CONTROLS.reduce((total, name) => total + weightOf(spec, name), 0);
  return [
    ...(sum > 1 ? [`the weights sum to ${Number(sum.toFixed(4))}; they were scaled to sum to 1`] : []),
    ...(request.seed !== null ? ['the seed is recorded; a preview uses no randomness'] : []),
    ...(sum === 0 ? ['no control has a weight above 0: the output is the colour pass'] : []),
  ];
}
