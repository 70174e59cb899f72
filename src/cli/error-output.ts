/** An error as people read it on stderr, and as the one JSON document of `--json`. */
import type {CosmosError} from '../errors.ts';
import {cleanLines} from '../views/text.ts';

/** Names of files and values that people gave are in it: nothing of them may steer the terminal. */
export function textOf(error: CosmosError): string {
  const hint = error.hint === undefined ? '' : `${error.hint}\n`;
  const text = `cosmos: ${error.message}\n${hint}(${error.code}, exit ${error.exitCode}; docs/errors.md)\n`;
  return cleanLines(text).join('\n');
}

export function jsonOf({code, message, hint, facts}: CosmosError): Record<string, unknown> {
  return {error: {code, message, hint: hint ?? null, facts}};
}

export function textOfBug(error: Error): string {
  return `cosmos: this is a mistake in cosmos itself; please report it with these lines:\n${error.stack ?? error.message}\n`;
}

export function jsonOfBug(error: Error): Record<string, unknown> {
  const hint = 'This is a mistake in cosmos itself; please report it.';
  return {error: {code: 'bug', message: error.message, hint, facts: {stack: error.stack ?? null}}};
}
