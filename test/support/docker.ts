/**
 * A Docker engine of the tests' own: its socket, data, state and pid file lie in a temporary folder, it makes no bridge
 * and touches no rule of the firewall.
 */
import {execFileSync, spawn} from 'node:child_process';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {importImage, makeClient, type Engine} from './engine.ts';
import {findProgram} from './shells.ts';
import {temporaryFolder} from './temporary.ts';

/** Half a second here; a loaded machine needs more. */
const READY_WITHIN_MS = 30_000;
const LOOK_MS = 100;

/** True where an engine can be started: Linux, root, and the programs. */
export function hasDocker(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return ['docker', 'dockerd', 'containerd', 'busybox'].every((name) => findProgram(name) !== undefined);
}

/** Starts an engine that has the image IMAGE. @throws Error when it does not come up */
export async function startDocker(): Promise<Engine> {
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
  const env = {DOCKER_HOST: host};
  const call = makeClient('docker', env);
  const stop = async (): Promise<void> => {
    engine.kill('SIGTERM');
    await ended;
    try {
      execFileSync('umount', [join(folder, 'exec/netns/default')], {stdio: 'ignore'});
    } catch {
      // It was not mounted.
    }
    await rm(folder, {recursive: true, force: true, maxRetries: 5});
  };
  try {
    await untilReady(call);
    await importImage(folder, call);
  } catch (error) {
    await stop();
    throw error;
  }
  return {name: 'docker', env, call, stop};
}

async function untilReady(call: Engine['call']): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    try {
      await call('info');
      return;
    } catch (error) {
      if (waitedMs >= READY_WITHIN_MS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
