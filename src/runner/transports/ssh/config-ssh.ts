/** The config as ssh itself reads it: `ssh -G`, which prints what it would do and connects to nobody. */
import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {CosmosError, isErrno} from '../../../errors.ts';
import type {ConfigSource, ConfigWords} from './config-source.ts';
import {localUser} from './config-source.ts';
import type {Hop} from './hop.ts';

/** A config may run programs of its own (`Match exec`). */
const ANSWER_MS = 10_000;

/**
 * Undefined where there is no ssh.
 * @throws CosmosError config.invalid with the words of ssh
 */
export async function askSsh(hop: Hop, source: ConfigSource): Promise<ConfigWords | undefined> {
  const program = source.sshProgram ?? 'ssh';
  const argv = [
    '-G',
    ...configArguments(source),
    ...(hop.user === undefined ? [] : ['-l', hop.user]),
    ...(hop.port === undefined ? [] : ['-p', String(hop.port)]),
    '--',
    hop.host,
  ];
  const {error, stdout, stderr} = await run(program, argv);
  if (error === undefined) return parseAnswer(stdout);
  if (isErrno(error, 'ENOENT')) return undefined;
  throw new CosmosError(
    'config.invalid',
    `ssh cannot read your ssh config for ${hop.host}: ${stderr.trim()}`,
    {
      hint: `See what it says: ${program} -G ${hop.host}`,
      cause: error,
      facts: {host: hop.host},
    },
  );
}

/** ssh takes the home from the system's user list; where ours is another one, its config has to be named. */
function configArguments({configFile, home}: ConfigSource): string[] {
  if (configFile !== undefined) return ['-F', configFile];
  if (home === localUser().home) return [];
  const file = join(home, '.ssh', 'config');
  return ['-F', existsSync(file) ? file : 'none'];
}

interface Answer {
  error: Error | undefined;
  stdout: string;
  stderr: string;
}

function run(program: string, argv: string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(program, argv, {timeout: ANSWER_MS, windowsHide: true}, (error, stdout, stderr) =>
      resolve({error: error ?? undefined, stdout, stderr}),
    );
  });
}

const FILE_LISTS = new Set(['userknownhostsfile', 'globalknownhostsfile']);
/** ssh prints a list of files without quotes: a new one starts where a path can start. */
const FILE_BREAK = /\s+(?=[/~]|[A-Za-z]:[\\/])/;

function parseAnswer(stdout: string): ConfigWords {
  const words = new Map<string, string[]>();
  for (const line of stdout.split(/\r?\n/)) {
    const space = line.indexOf(' ');
    if (space < 1) continue;
    const name = line.slice(0, space);
    const value = line.slice(space + 1);
    const values = FILE_LISTS.has(name) ? value.split(FILE_BREAK) : [value];
    words.set(name, [...(words.get(name) ?? []), ...values]);
  }
  return words;
}
