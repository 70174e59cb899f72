/**
 * Podman with settings, images and containers of the tests' own, in a temporary folder. With runc, which works on every
 * layout of control groups, and without a network.
 */
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {importImage, makeClient, type Engine} from './engine.ts';
import {findProgram} from './shells.ts';
import {temporaryFolder} from './temporary.ts';

/** True where containers can be started: Linux, root, and the programs. */
export function hasPodman(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return ['podman', 'conmon', 'runc', 'busybox'].every((name) => findProgram(name) !== undefined);
}

/** A podman that has the image IMAGE. */
export async function startPodman(): Promise<Engine> {
  const folder = await temporaryFolder('podman');
  const settings = join(folder, 'containers.conf');
  const storage = join(folder, 'storage.conf');
  const ulimits = [`nofile=${limit('Max open files', 20_000)}`, `nproc=${limit('Max processes', 1000)}`];
  await writeFile(
    settings,
    `[containers]
default_ulimits = ${JSON.stringify(ulimits)}
netns = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
`,
  );
  await writeFile(
    storage,
    `[storage]
driver = "overlay"
graphroot = "${folder}/data"
runroot = "${folder}/run"
`,
  );
  const env = {CONTAINERS_CONF: settings, CONTAINERS_STORAGE_CONF: storage};
  const call = makeClient('podman', env);
  const stop = async (): Promise<void> => {
    await call('rm', '-fa').catch(() => undefined);
    for (const path of mountsBelow(folder)) execFileSync('umount', ['-l', path], {stdio: 'ignore'});
    await rm(folder, {recursive: true, force: true, maxRetries: 5});
  };
  try {
    await importImage(folder, call);
  } catch (error) {
    await stop();
    throw error;
  }
  return {name: 'podman', env, call, stop};
}

/** `SOFT:HARD`, at most what this process has: a root without CAP_SYS_RESOURCE cannot raise it, and podman would. */
function limit(name: string, most: number): string {
  const line = readFileSync('/proc/self/limits', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(name));
  const value = Math.min(most, Number(/(\d+)\s+\w*\s*$/.exec(line ?? '')?.[1] ?? most));
  return `${value}:${value}`;
}

/** The deepest first. */
function mountsBelow(folder: string): string[] {
  const paths = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? []);
  return paths.filter((path) => path.startsWith(`${folder}/`)).sort((one, two) => two.length - one.length);
}
