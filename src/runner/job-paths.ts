/** Where each file of the job protocol lies. Light to load: a supervisor imports it. */
import {join as nodeJoin} from 'node:path';

/** Every path of one attempt. */
export interface JobPaths {
  folder: string;
  job: string;
  inputs: string;
  attempts: string;
  attempt: string;
  log: string;
  outputs: string;
  sums: string;
  state: string;
  started: string;
  heartbeat: string;
  rc: string;
  exit: string;
  cancel: string;
  wrapper: string;
  stop: string;
  container: string;
  place: string;
  silence: string;
}

export type Join = (...parts: string[]) => string;

/** Paths below the root of a target. `join` is `posix.join` for a remote one. */
export function jobPaths(root: string, id: string, attempt: number, join: Join = nodeJoin): JobPaths {
  return attemptPaths(join(root, 'jobs', id), attempt, join);
}

/** Paths below a job's folder. */
export function attemptPaths(folder: string, attempt: number, join: Join = nodeJoin): JobPaths {
  const attempts = join(folder, 'attempts');
  const own = join(attempts, String(attempt));
  const state = join(own, 'state');
  return {
    folder,
    job: join(folder, 'job.json'),
    inputs: join(folder, 'inputs'),
    attempts,
    attempt: own,
    log: join(own, 'log'),
    outputs: join(own, 'outputs'),
    sums: join(own, 'SHA256SUMS'),
    state,
    started: join(state, 'started.json'),
    heartbeat: join(state, 'heartbeat'),
    rc: join(state, 'rc'),
    exit: join(state, 'exit.json'),
    cancel: join(state, 'cancel'),
    wrapper: join(state, 'wrapper.json'),
    stop: join(state, 'stop.json'),
    container: join(state, 'container.json'),
    place: join(state, 'place'),
    silence: join(state, 'silence'),
  };
}
