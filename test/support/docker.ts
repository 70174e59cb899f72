/**
 * A Docker engine of the tests' own: its socket, data, state and pid file lie in a temporary folder, it makes no bridge
 * and touches no rule of the firewall. Its one image is made of the busybox of this machine.
 */
import {execFile, execFileSync, spawn} from 'node:child_process';
import {copyFile, mkdir, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {findProgram} from './shells.ts';
import {temporaryFolder} from './temporary.ts';

const run = promisify(execFile);
/** Half a second here; a loaded machine needs more. */
const READY_WITHIN_MS = 30_000;
const LOOK_MS = 100;

export const IMAGE = 'cosmos-test:1';

export interface DockerEngine {
  /** For DOCKER_HOST. */
  host: string;
  /** The client's answer to a command. @throws Error when it fails */
  docker: (...words: string[]) => Promise<string>;
  stop: () => Promise<void>;
}

/** True where an engine can be started: Linux, root, and the programs. */
export function hasDocker(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return ['docker', 'dockerd', 'containerd', 'busybox'].every((name) => findProgram(name) !== undefined);
}

/** Starts an engine that has the image IMAGE, made without any registry. @throws Error when it does not come up */
export async function startDocker(): Promise<DockerEngine> {
  const folder = await temporaryFolder('docker');
  const host = `unix://${folder}/docker.sock`;
  const engine = spawn(
    'dockerd',
    [
      ...['--host', host, '--data-root', `${folder}/data`, '--exec-root', `${folder}/exec`],
      ...['--pidfile', `${folder}/docker.pid`, '--bridge=none', '--iptables=false', '--ip-forward=false'],
      ...['--storage-driver=overlay2'],
    ],
    {stdio: 'ignore'},
  );
  const ended = new Promise<void>((resolve) => {
    engine.once('exit', () => resolve());
    engine.once('error', () => resolve());
  });
  const env = {...process.env, DOCKER_HOST: host};
  const docker = async (...words: string[]): Promise<string> =>
    (await run('docker', words, {env})).stdout.trim();
  const stop = async (): Promise<void> => {
    engine.kill('SIGTERM');
    await ended;
    await run('umount', [join(folder, 'exec/netns/default')]).catch(() => undefined);
    await rm(folder, {recursive: true, force: true, maxRetries: 5});
  };
  try {
    await untilReady(docker);
    await importImage(folder, docker);
  } catch (error) {
    await stop();
    throw error;
  }
  return {host, docker, stop};
}

async function untilReady(docker: DockerEngine['docker']): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    try {
      await docker('info');
      return;
    } catch (error) {
      if (waitedMs >= READY_WITHIN_MS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function importImage(folder: string, docker: DockerEngine['docker']): Promise<void> {
  const root = join(folder, 'image');
  for (const name of ['bin', 'etc', 'tmp']) await mkdir(join(root, name), {recursive: true});
  const busybox = findProgram('busybox') ?? '';
  await copyFile(busybox, join(root, 'bin/busybox'));
  const applets = execFileSync(busybox, ['--list'], {encoding: 'utf8'}).trim().split('\n');
  for (const applet of applets) await symlink('busybox', join(root, 'bin', applet)).catch(() => undefined);
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
  execFileSync('tar', ['-C', root, '-cf', join(folder, 'image.tar'), '.']);
  await docker('import', join(folder, 'image.tar'), IMAGE);
}
