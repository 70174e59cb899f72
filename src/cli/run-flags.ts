/** Values of `cosmos run` flags as people write them. */
import {CosmosError} from '../errors.ts';

/** `vis=.25,edge=0.5` to numbers by control. @throws CosmosError usage.invalid */
export function parseWeights(text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  return Object.fromEntries(
    text.split(',').map((part): [string, number] => {
      const [name, value] = splitPair(part.trim(), '--weights', 'vis=.25,edge=.5');
      const weight = value.trim() === '' ? Number.NaN : Number(value);
      if (!Number.isFinite(weight) || weight < 0)
        throw badFlag('--weights', `"${value}" is not a number of 0 or more`, 'vis=.25,edge=.5');
      return [name.trim(), weight];
    }),
  );
}

/** `key=value` pairs; a value that is JSON is that, anything else is a text. @throws CosmosError usage.invalid */
export function parseSettings(pairs: readonly string[] | undefined): Record<string, unknown> {
  return Object.fromEntries(
    (pairs ?? []).map((pair): [string, unknown] => {
      const [key, value] = splitPair(pair, '--set', 'blur_strength=high');
      return [key, parseValue(value)];
    }),
  );
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function splitPair(pair: string, flag: string, example: string): [string, string] {
  const at = pair.indexOf('=');
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw badFlag(flag, `"${pair}" has no "name=value" form`, example);
}

function badFlag(flag: string, why: string, example: string): CosmosError {
  return new CosmosError('usage.invalid', `${flag}: ${why}.`, {hint: `Write it like ${flag} ${example}`});
}
