/** Values of `cosmos run` flags as people write them. */
import {CosmosError} from '../errors.ts';
import {jsonOrText} from '../runner/json.ts';
import type {Weight} from '../runner/model.ts';
import {readWeight} from '../workspace/weights.ts';

const WEIGHTS_EXAMPLE = 'vis=.25,edge=.5,depth=maps/depth.pt';
const SET_EXAMPLE = 'blur_strength=high';

/**
 * `vis=.25,depth=maps/depth.pt` to numbers and absolute paths by control.
 * @param folder where paths start
 * @throws CosmosError usage.invalid
 */
export function parseWeights(text: string | undefined, folder: string): Record<string, Weight> {
  if (text === undefined) return {};
  const pairs = text.split(',').map((part): [string, Weight] => {
    const [name, value] = splitPair(part.trim(), '--weights', WEIGHTS_EXAMPLE);
    const weight = readWeight(value, folder);
    if (weight !== undefined) return [name.trim(), weight];
    throw badFlag(
      '--weights',
      `"${value}" is neither a number of 0 or more nor the name of a .pt file`,
      WEIGHTS_EXAMPLE,
    );
  });
  return fromPairs(pairs, '--weights', WEIGHTS_EXAMPLE);
}

/** `key=value` pairs; a value that is JSON is that, anything else is a text. @throws CosmosError usage.invalid */
export function parseSettings(pairs: readonly string[] | undefined): Record<string, unknown> {
  const parsed = (pairs ?? []).map((pair): [string, unknown] => {
    const [key, value] = splitPair(pair, '--set', SET_EXAMPLE);
    return [key, jsonOrText(value)];
  });
  return fromPairs(parsed, '--set', SET_EXAMPLE);
}

/** Which of two values was meant cannot be known. */
function fromPairs<T>(pairs: readonly [string, T][], flag: string, example: string): Record<string, T> {
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw badFlag(flag, `"${twice}" is given twice`, example);
  return Object.fromEntries(pairs);
}

function splitPair(pair: string, flag: string, example: string): [string, string] {
  const at = pair.indexOf('=');
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw badFlag(flag, `"${pair}" has no "name=value" form`, example);
}

function badFlag(flag: string, why: string, example: string): CosmosError {
  return new CosmosError('usage.invalid', `${flag}: ${why}.`, {hint: `Write it like ${flag} ${example}`});
}
