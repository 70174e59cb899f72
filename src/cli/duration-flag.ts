/** Times as people type them after a flag. */
import {CosmosError} from '../errors.ts';
import {parseDuration} from '../workspace/settings/duration.ts';

/** Milliseconds of `24h`, `30d`, `1h30m`; undefined for a flag that was not given. @throws CosmosError usage.invalid, which names it */
export function durationFlag(name: string, text: string | undefined): number | undefined {
  try {
    return text === undefined ? undefined : parseDuration(text);
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error;
    throw new CosmosError('usage.invalid', `--${name}: ${error.message}.`, {
      hint: error.hint ?? '',
      cause: error,
    });
  }
}
