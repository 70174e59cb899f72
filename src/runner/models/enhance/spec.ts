/** The spec of an enhancement by an endpoint: what the adapter writes and the program reads. */
import {CosmosError} from '../../../errors.ts';
import {isObject, type Json} from '../../json.ts';

export interface EnhanceSpec {
  /** Up to and with /v1. */
  endpoint: string;
  model: string;
  /** The name of the variable that holds the key; never the key. */
  key_env?: string;
  prompt: string;
  instruction: string;
  /** Paths of PNG files, in the order of the clip. */
  images: string[];
  max_tokens: number;
  temperature?: number;
  seed?: number;
  /** For all tries together. */
  timeout_seconds: number;
}

/** @throws CosmosError input.invalid */
export function parseEnhanceSpec(text: string): EnhanceSpec {
  const value: unknown = JSON.parse(text);
  if (isObject(value) && isSpec(value)) return value;
  throw new CosmosError('input.invalid', 'the spec is not one of an enhancement');
}

function isSpec(value: Json): value is Json & EnhanceSpec {
  const {endpoint, model, prompt, instruction, images, max_tokens, timeout_seconds} = value;
  const texts = [
    endpoint,
    model,
    prompt,
    instruction,
    ...(Array.isArray(images) ? (images as unknown[]) : [0]),
  ];
  return (
    texts.every((each) => typeof each === 'string') &&
    typeof max_tokens === 'number' &&
    typeof timeout_seconds === 'number'
  );
}
