/**
 * The shells that a target may have as `sh`, each as a folder for PATH: with the system's own tools, or with nothing but
 * those of busybox.
 */
import {execFile, execFileSync} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {accessSync, constants} from 'node:fs';
import {mkdir, readFile, rename, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../../src/errors.ts';
import type {CommandRunner, FileReader, FileWriter, FolderMaker} from '../../src/runner/target.ts';
import {temporaryFolder} from './temporary.ts';

export const SHELLS = ['dash', 'busybox', 'bash'] as const;
export type ShellName = (typeof SHELLS)[number];

/** Undefined where there is no such program. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** A value for PATH under which `sh` is this shell; undefined where it is missing. */
export async function makeShellPath(name: ShellName): Promise<string | undefined> {
  const shell = findProgram(name);
  if (process.platform !== 'linux' || shell === undefined) return undefined;
  const folder = await temporaryFolder('shell');
  if (name !== 'busybox') {
    await symlink(shell, join(folder, 'sh'));
    return `${folder}:${process.env['PATH'] ?? ''}`;
  }
  const applets = execFileSync(shell, ['--list'], {encoding: 'utf8'}).trim().split('\n');
  for (const applet of applets) await symlink(shell, join(folder, applet)).catch(() => undefined);
  return folder;
}

/**
 * Runs commands on this machine, with nothing in their environment but what is given.
 * @param uid the user and group that they run as, if not those of the tests; only root can choose
 */
export function makeRunner(env: NodeJS.ProcessEnv, uid?: number): CommandRunner {
  return {
    exec: ([program = '', ...words], options = {}) =>
      new Promise((resolve) => {
        const {PATH = ''} = env;
        const path = PATH.split(':')
          .map((folder) => join(folder, program))
          .find(isExecutable);
        const user = uid === undefined ? {} : {uid, gid: uid};
        const settings = {env, timeout: 20_000, ...user};
        const child = execFile(path ?? program, words, settings, (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
          resolve({code, signal: error?.signal ?? null, stdout, stderr});
        });
        child.stdin?.on('error', () => undefined);
        child.stdin?.end(options.stdin ?? '');
      }),
  };
}

/** Files of this machine as a target's. */
export const LOCAL_FILES: FileReader & FileWriter & FolderMaker = {
  readFile: (path) => readFile(path).catch(() => undefined),
  writeFile: async (path, bytes) => {
    const staged = `${path}.${randomUUID()}`;
    await writeFile(staged, bytes);
    await rename(staged, path);
  },
  claimFolder: async (path) => {
    try {
      await mkdir(path);
      return true;
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return false;
      throw error;
    }
  },
  ensureFolder: async (path) => {
    await mkdir(path, {recursive: true});
  },
};

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
