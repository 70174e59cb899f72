/** What the request to any model says of its controls. */
import type {Weights} from '../model.ts';

/** Of each control of a scene when no weight is given: what the Python predecessor's users are used to. */
export const SCENE_WEIGHT = 0.25;

/**
 * The weights of a model that has one for the whole video: maps go to `findings`.
 * @param why no map can be sent, as the end of a sentence
 */
export function numbersOf(weights: Weights, why: string, findings: string[]): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const [name, weight] of Object.entries(weights)) {
    if (typeof weight === 'number') numbers[name] = weight;
    else findings.push(`--weights ${name}: ${why}`);
  }
  return numbers;
}

/** Weights of controls that the model does not have. */
export function unknownControls(weights: Weights, known: readonly string[]): string[] {
  const there = `there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`;
  return Object.keys(weights)
    .filter((name) => !known.includes(name))
    .map((name) => `there is no control "${name}"; ${there}`);
}
