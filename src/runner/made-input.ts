/** Inputs that cosmos writes itself, such as specs: what is in them depends on where the others will lie. */
import {canonicalBytes} from '../manifest/canonical.ts';
import type {ModelInput} from './model.ts';

/** @param make what is in it, for inputs in that folder */
export function jsonInput(
  place: Pick<ModelInput, 'name' | 'role'>,
  make: (inputFolder: string) => object,
): ModelInput {
  return {
    ...place,
    mediaType: 'application/json',
    content: {make: (inputFolder) => canonicalBytes(make(inputFolder))},
  };
}

/** The spec of a run, under the name that its command is told. */
export function specInput(makeSpec: (inputFolder: string) => object): ModelInput {
  return jsonInput({name: 'spec.json', role: 'spec'}, makeSpec);
}
