/**
 * What the tests of containers know of an engine, whichever it is: how a target names it, what a login needs to reach it,
 * and its one image, which is made of the busybox of this machine without any registry.
 */
import {execFile, execFileSync} from 'node:child_process';
import {copyFile, mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {findProgram} from './shells.ts';

export const IMAGE = 'cosmos-test:1';

export interface Engine {
  name: 'docker' | 'podman';
  /** What a login on the target needs in its environment. */
  env: Record<string, string>;
  /** The client's answer to a command. @throws Error when it fails */
  call: (...words: string[]) => Promise<string>;
  stop: () => Promise<void>;
}

const run = promisify(execFile);

/** The client of an engine. */
export function makeClient(program: string, env: Record<string, string>): Engine['call'] {
  return async (...words) => (await run(program, words, {env: {...process.env, ...env}})).stdout.trim();
}

/** Gives the engine the image IMAGE. */
export async function importImage(folder: string, call: Engine['call']): Promise<void> {
  const root = join(folder, 'image');
  for (const name of ['bin', 'etc', 'tmp']) await mkdir(join(root, name), {recursive: true});
  const busybox = findProgram('busybox') ?? '';
  await copyFile(busybox, join(root, 'bin/busybox'));
  const applets = execFileSync(busybox, ['--list'], {encoding: 'utf8'}).trim().split('\n');
  for (const applet of applets) await symlink('busybox', join(root, 'bin', applet)).catch(() => undefined);
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
  execFileSync('tar', ['-C', root, '-cf', join(folder, 'image.tar'), '.']);
  await call('import', join(folder, 'image.tar'), IMAGE);
}
