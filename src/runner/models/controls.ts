/** What the request to any model says of its controls. */

/** Of each control of a scene when no weight is given: what the Python predecessor's users are used to. */
export const SCENE_WEIGHT = 0.25;

/** Weights of controls that the model does not have. */
export function unknownControls(
  weights: Readonly<Record<string, number>>,
  known: readonly string[],
): string[] {
  const there = `there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`;
  return Object.keys(weights)
    .filter((name) => !known.includes(name))
    .map((name) => `there is no control "${name}"; ${there}`);
}
