/** What is to become of the result of a run: the run that follows it, in words for people. */
import {shortId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {isTerminal} from './transitions.ts';

/** The end of a sentence that begins with "the result is"; undefined where nothing was to follow. */
export function describeNext({id, status, next}: RunDocument): string | undefined {
  if (!next) return undefined;
  if (next.notMade !== undefined)
    return `not upscaled: ${next.notMade} ("cosmos upscale ${shortId(id)}" does it all the same)`;
  if (status === 'completed') return `upscaled by ${shortId(next.run)}`;
  if (isTerminal(status))
    return `not upscaled, as the run ${status === 'failed' ? 'failed' : 'was cancelled'}`;
  return `upscaled by ${shortId(next.run)} once it is completed`;
}
