/** What oclif calls when no command has the words that were typed. */
import type {Hook} from '@oclif/core';
import {CosmosError} from '../errors.ts';
import {findNearest} from '../workspace/settings/nearest.ts';
import {jsonOf, textOf} from './error-output.ts';

export const unknownCommand: Hook.CommandNotFound = ({id, config}) => {
  const typed = id.split(':');
  const error = id.startsWith('-') ? flagFirst(id) : unknown(typed, config.commandIDs);
  process.exitCode = error.exitCode;
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(jsonOf(error), null, 2)}\n`);
  else process.stderr.write(textOf(error));
  return Promise.resolve();
};

function flagFirst(flag: string): CosmosError {
  return new CosmosError('usage.invalid', `The command is missing: "${flag}" is a flag.`, {
    hint: 'Flags come after the command, as in: cosmos list --workspace DIR',
  });
}

/** Arguments may have been taken for more words of the command: the longest beginning that is near one counts. */
function unknown(typed: readonly string[], ids: readonly string[]): CosmosError {
  const names = ids.map((id) => id.replaceAll(':', ' '));
  const nearest = [typed.slice(0, 2).join(' '), typed[0] ?? '']
    .map((words) => findNearest(words, names))
    .find((name) => name !== undefined);
  const words = names.some((name) => name.startsWith(`${typed[0] ?? ''} `)) ? typed.slice(0, 2) : typed.slice(0, 1);
  const meant = nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
  return new CosmosError('usage.invalid', `There is no command "${words.join(' ')}"${meant}.`, {
    hint: 'Nothing was done. "cosmos help" lists the commands.',
  });
}
