/** Other stores, doing the same work on the same bytes: each in a repository of its own, with its own defaults, but no encryption where that can be left out. */
import {cp, mkdir, rm} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {REPOSITORY, run, secondsOf, type Command, type Contender} from './measure.ts';

/** A repository that backs up a folder, and proves what it holds. */
export interface Peer {
  name: string;
  make: () => Promise<void>;
  add: Command;
  prove: Command;
}

/** Encrypts always; the key is derived from the password at each start. */
export function restic(folder: string, source: string): Peer {
  const repository = join(folder, 'restic');
  const env = {RESTIC_PASSWORD: 'bench', RESTIC_REPOSITORY: repository};
  const command = (...args: string[]): Command => ({program: 'restic', args: ['--no-cache', ...args], env});
  return {
    name: 'restic',
    make: async () => {
      await rm(repository, {recursive: true, force: true});
      await run(command('init'));
    },
    add: command('backup', '--quiet', source),
    prove: command('check', '--read-data'),
  };
}

/** Without encryption and without compression, which random bytes would only cost time. */
export function borg(folder: string, source: string): Peer {
  const repository = join(folder, 'borg');
  const home = join(folder, 'borg-home');
  const env = {BORG_BASE_DIR: home, BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes'};
  const command = (...args: string[]): Command => ({program: 'borg', args, env});
  return {
    name: 'borg',
    make: async () => {
      for (const old of [repository, home]) await rm(old, {recursive: true, force: true});
      await run(command('init', '--encryption', 'none', repository));
    },
    add: command('create', '--compression', 'none', `${repository}::all`, source),
    prove: command('check', '--verify-data', repository),
  };
}

/** @returns the seconds of a backup into a repository that was empty */
export function adding({name, make, add}: Peer): Contender {
  return {name: `${name}, add`, prepare: make, measure: () => secondsOf(add)};
}

/** Moves what lies in its work tree into its store: the files are copied there before, and that is not timed. */
export function gitAnnex(folder: string, source: string): Contender {
  const tree = join(folder, 'annex');
  const git = (...args: string[]): Command => ({program: 'git', args, cwd: tree});
  return {
    name: 'git annex add',
    prepare: async () => {
      await run({program: 'chmod', args: ['-Rf', 'u+w', tree]}).catch(() => undefined);
      await rm(tree, {recursive: true, force: true});
      await mkdir(tree, {recursive: true});
      await run(git('init', '--quiet'));
      await run(git('config', 'user.email', 'bench@localhost'));
      await run(git('config', 'user.name', 'bench'));
      await run(git('annex', 'init', '--quiet'));
      await cp(source, join(tree, 'added'), {recursive: true});
      await run({program: 'sync', args: ['-f', tree]});
    },
    measure: () => secondsOf(git('annex', 'add', '--quiet', `--jobs=${availableParallelism()}`, '.')),
  };
}

/** npm's store: content-addressed, without any sync. */
export function cacache(folder: string, source: string): Contender {
  const cache = join(folder, 'cacache');
  const program = join(REPOSITORY, 'bench', 'cacache-puts.mjs');
  return {
    name: 'cacache',
    prepare: () => rm(cache, {recursive: true, force: true}),
    measure: () => secondsOf({program: process.execPath, args: [program, cache, source]}),
  };
}
