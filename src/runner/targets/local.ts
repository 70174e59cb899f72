/** The built-in target `local`: this machine, with a detached Node supervisor. */
import {hostname} from 'node:os';
import {join} from 'node:path';
import type {LocalStore} from '../../cas/local/local-store.ts';
import type {Now} from '../../platform/clock.ts';
import {startSupervisor, supervisorState} from '../launchers/process/launcher.ts';
import {makeLocalTransport} from '../transports/local.ts';
import type {Target} from '../target.ts';

export function makeLocalTarget(root: string, store: LocalStore, now: Now): Target {
  return {
    name: 'local',
    host: hostname(),
    root,
    join,
    pollMs: 150,
    jobs: {places: {}, environment: [], timeoutMs: null, container: null},
    roundTripMs: () => Promise.resolve(0),
    report: () => Promise.resolve(null),
    price: null,
    contact: () => Promise.resolve({root, box: null}),
    transport: makeLocalTransport(store),
    launcher: {
      name: 'process',
      start: (jobFolder, attempt) => startSupervisor(jobFolder, attempt, {mode: 'fresh'}),
      adopt: (jobFolder, attempt) => startSupervisor(jobFolder, attempt, {mode: 'adopt'}),
      supervisorState: (paths) => supervisorState(paths, now),
    },
    runner: null,
    close: () => Promise.resolve(),
  };
}
