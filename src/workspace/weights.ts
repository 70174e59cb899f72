/** Weights of controls as people write them, on the command line and in the items of batches and sweeps. */
import {resolve} from 'node:path';
import type {Weight} from '../runner/model.ts';

/** Transfer1 knows a map by this ending alone. */
const MAP_ENDING = '.pt';

/**
 * @param folder where the path of a map starts
 * @returns undefined for what is neither a number of 0 or more nor the name of a map
 */
export function readWeight(value: unknown, folder: string): Weight | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  if (text.endsWith(MAP_ENDING)) return resolve(folder, text);
  const weight = text === '' ? value : Number(text);
  return typeof weight === 'number' && Number.isFinite(weight) && weight >= 0 ? weight : undefined;
}
