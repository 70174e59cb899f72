/** Mistakes on the command line that oclif finds, in the form that every other error has. */
import type {Command} from '@oclif/core';
import {CosmosError} from '../errors.ts';
import {suggestion} from '../nearest.ts';

interface OclifError extends Error {
  oclif: {exit?: number};
  /** Flags that do not exist, dashes included. */
  flags?: unknown;
  /** Arguments that are missing, or that are one too many. */
  args?: unknown;
}

type CommandClass = Pick<Command.Class, 'id' | 'args' | 'flags' | 'baseFlags'>;

/** Undefined for an error that is not oclif's. */
export function asUsageError(error: Error, command: CommandClass): CosmosError | undefined {
  if (!('oclif' in error)) return undefined;
  const name = command.id.replaceAll(':', ' ');
  return new CosmosError('usage.invalid', messageOf(error as OclifError, command), {
    hint: `Nothing was done. "cosmos ${name} --help" shows what it takes, with examples.`,
    cause: error,
  });
}

function messageOf(error: OclifError, command: CommandClass): string {
  switch (error.constructor.name) {
    case 'NonExistentFlagsError':
      return unknownFlags(textsOf(error.flags), command);
    case 'RequiredArgsError':
      return missingArguments(error.args, command);
    case 'UnexpectedArgsError':
      return `Too many arguments: ${textsOf(error.args).join(' ')}.`;
    default:
      return tidy(error.message);
  }
}

/** oclif's own words, on one line and without its page of help. */
function tidy(message: string): string {
  const line = message
    .replace(/\s*See more help with --help\s*$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/^Parsing (--[\w-]+)\s+/, '$1: ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

function unknownFlags(flags: readonly string[], {flags: own, baseFlags}: CommandClass): string {
  const known = Object.keys({...own, ...baseFlags, help: true, json: true}).map((flag) => `--${flag}`);
  return flags.map((flag) => `There is no flag ${flag}${suggestion(flag, known)}.`).join(' ');
}

function missingArguments(missing: unknown, {args}: CommandClass): string {
  const names = Array.isArray(missing) ? missing.map((arg: {name?: unknown}) => arg.name) : [];
  const [[name, arg] = []] = Object.entries(args).filter(([key]) => names.includes(key));
  return `${(name ?? 'argument').toUpperCase()} is missing: ${arg?.description ?? 'it is required'}.`;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
