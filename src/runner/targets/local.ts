/** The built-in target `local`: this machine, with a detached Node supervisor. */
import {statfs} from 'node:fs/promises';
import {hostname, userInfo} from 'node:os';
import {join} from 'node:path';
import type {LocalStore} from '../../cas/local/local-store.ts';
import type {Now} from '../../platform/clock.ts';
import {capture} from '../../platform/run-program.ts';
import {look, startSparingly, startSupervisor} from '../launchers/process/launcher.ts';
import {findUnreadable} from '../findings.ts';
import {makeLocalTransport} from '../transports/local.ts';
import type {GpuFacts, TargetReport} from '../target-report.ts';
import type {Target} from '../target.ts';
import {GPU_QUERY, parseGpu} from './report.ts';

export interface LocalTargetOptions {
  /** Where the jobs lie. */
  root: string;
  /** Folders that models ask for, by the name of the place. */
  places: Readonly<Record<string, string>>;
  store: LocalStore;
  now: Now;
}

export function makeLocalTarget({root, places, store, now}: LocalTargetOptions): Target {
  const start = startSparingly(startSupervisor, now);
  return {
    name: 'local',
    host: hostname(),
    root,
    join,
    pollMs: 150,
    jobs: {places, environment: [], timeoutMs: null, container: null},
    roundTripMs: () => Promise.resolve(0),
    report: ({files = []}) => report(root, files),
    price: null,
    contact: () => Promise.resolve({root, box: null}),
    transport: makeLocalTransport(store),
    launcher: {
      name: 'process',
      start: (jobFolder, attempt) => start(jobFolder, attempt, {mode: 'fresh'}),
      adopt: (jobFolder, attempt) => start(jobFolder, attempt, {mode: 'adopt'}),
      look: (paths) => look(paths, now),
    },
    runner: null,
    close: () => Promise.resolve(),
  };
}

/** What a model needs of this machine; for a model that needs nothing there is nothing to say. */
async function report(root: string, files: readonly string[]): Promise<TargetReport | null> {
  if (files.length === 0) return null;
  const reasons = await Promise.all(files.map(async (path) => [path, await findUnreadable(path)] as const));
  const {bavail, bsize} = await statfs(join(root, '..', '..'));
  return {
    system: process.platform,
    user: userInfo().username,
    root,
    freeBytes: bavail * bsize,
    isWritable: true,
    gpus: await listGpus(),
    runtime: null,
    image: null,
    canQueue: false,
    problems: reasons.flatMap(([path, reason]) => (reason === undefined ? [] : [`${path} ${reason}`])),
    warnings: [],
  };
}

/** None where there is no nvidia-smi, or where it does not work. */
async function listGpus(): Promise<GpuFacts[]> {
  const text = await capture('nvidia-smi', [`--query-gpu=${GPU_QUERY}`, '--format=csv,noheader,nounits']);
  return (text ?? '').split('\n').flatMap((line) => (line.trim() === '' ? [] : [parseGpu(line)]));
}
