/** What oclif calls when no command has the words that were typed. */
import type {Hook} from '@oclif/core';
import {CosmosError} from '../errors.ts';
import {findNearest} from '../nearest.ts';
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

/** oclif takes arguments for more words of the command. */
function unknown(typed: readonly string[], ids: readonly string[]): CosmosError {
  const names = ids.map((id) => id.replaceAll(':', ' '));
  const beginnings = [typed.slice(0, 2).join(' '), typed[0] ?? ''];
  const command = beginnings.find((words) => names.includes(words));
  if (command !== undefined) {
    const rest = typed.slice(command.split(' ').length).join(' ');
    return new CosmosError('usage.invalid', `Too many arguments: ${rest}.`, {
      hint: `Nothing was done. "cosmos ${command} --help" shows what it takes, with examples.`,
    });
  }
  const [two, one] = beginnings;
  const isTopic = names.some((name) => name.startsWith(`${one ?? ''} `));
  const nearest = beginnings.map((words) => findNearest(words, names)).find((name) => name !== undefined);
  const meant = nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
  return new CosmosError('usage.invalid', `There is no command "${(isTopic ? two : one) ?? ''}"${meant}.`, {
    hint: 'Nothing was done. "cosmos help" lists the commands.',
  });
}
