/** The weights of a control spec: as numbers, without the controls that would cost time and change nothing. */
import {HINTS, UNNAMED_WEIGHT} from './hints.ts';
import {isObject, type Json} from '../../json.ts';

/** The spec with Transfer1's own default where a weight is missing, and without the controls of weight 0. */
export function settleWeights(spec: Json): {spec: Json; dropped: string[]} {
  const next = {...spec};
  const dropped: string[] = [];
  for (const hint of HINTS) {
    const control = spec[hint];
    if (!isObject(control)) continue;
    const weight = toNumber(control['control_weight'] ?? UNNAMED_WEIGHT);
    if (weight === 0) {
      dropped.push(hint);
      next[hint] = undefined;
    } else {
      next[hint] = {...control, control_weight: weight};
    }
  }
  return {spec: withoutUndefined(next), dropped};
}

/** Weights by control; one that is a map (a .pt file) has no number. */
export function weightsOf(spec: Json): Record<string, number> {
  const weights = HINTS.flatMap((hint): [string, number][] => {
    const control = spec[hint];
    const weight = isObject(control) ? control['control_weight'] : undefined;
    return typeof weight === 'number' ? [[hint, weight]] : [];
  });
  return Object.fromEntries(weights);
}

/** Transfer1 takes numbers as texts too. */
function toNumber(weight: unknown): unknown {
  return typeof weight === 'string' && /^\+?[\d.]/.test(weight) && Number.isFinite(Number(weight))
    ? Number(weight)
    : weight;
}

function withoutUndefined(spec: Json): Json {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
}
