import assert from 'node:assert/strict';
import {accessSync, constants, mkdirSync, readFileSync, rmdirSync} from 'node:fs';
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {JobPaths} from '../../src/runner/job-paths.ts';
import {awaitExit, endAll, kill, pause, supervisorPid, untilLogged} from '../runner/launchers/job-bench.ts';
import {makeBench, type PosixBench} from '../runner/launchers/posix/posix-bench.ts';
import {temporaryFolder} from '../support/temporary.ts';

const WAIT = 'echo running; while [ ! -e go ]; do sleep 0.1; done';

/**
 * A login session as logind keeps it: a control group. No systemd runs where tests do, so programs of the test stand in
 * for busctl and systemd-run; the groups are real, and so is what is killed.
 */
interface Login {
  bench: PosixBench;
  /** What session_stop_scope() of logind does where manager_shall_kill(): ends all that is in the session's group. */
  logout: () => Promise<void>;
}

describe('posix supervisor: logind', function () {
  this.timeout(60_000);
  const groups: string[] = [];
  const top = findGroups();
  before(function () {
    if (top === undefined) this.skip();
  });
  afterEach(async () => {
    await endAll();
    for (const group of groups.splice(0)) await removeGroup(group);
  });

  async function login(kills: boolean, hasManager = true): Promise<Login> {
    const own = join(top ?? '', `cosmos-test-${process.pid}-${groups.length}`);
    groups.push(own);
    const [session, manager] = [join(own, 'session.scope'), join(own, 'user@.service')];
    for (const group of [own, session, manager]) mkdirSync(group);
    const bin = await temporaryFolder('bin');
    const programs = {
      // One line for each property that is asked for: busctl(1), get-property.
      busctl: `printf 'b ${kills}\\nas 0\\nas 0\\n'`,
      // systemd-run(1): with --scope it moves itself into a group of the user's manager, and becomes the program.
      'systemd-run': `[ "$1 $2 $3 $4" = '--user --scope --quiet --' ] && [ -d "$XDG_RUNTIME_DIR" ] || exit 1
shift 4
mkdir '${manager}'/run-$$.scope && echo $$ >'${manager}'/run-$$.scope/cgroup.procs && exec "$@"`,
    };
    for (const [name, text] of Object.entries(programs))
      await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`, {mode: 0o755});
    const runtime = join(bin, 'runtime');
    if (hasManager) await mkdir(runtime);
    const bench = await makeBench(`${bin}:${process.env['PATH'] ?? ''}`, {
      env: {XDG_RUNTIME_DIR: runtime},
      login: ['sh', '-c', `echo $$ >'${session}/cgroup.procs' && exec "$@"`, 'sh'],
    });
    return {bench, logout: () => killGroup(session)};
  }

  it('does not end what runs outside the session', async () => {
    const {bench, logout} = await login(true);
    const paths = await begin(bench);
    await logout();
    assert.equal((await bench.launcher.look(paths)).state, 'alive');
    await kill(await supervisorPid(paths));
    await bench.adopt(paths);
    await pause(500);
    await logout();
    await writeFile(join(paths.folder, 'go'), '');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc], ['exit', 0]);
  });

  it('ends what a user without a manager leaves', async () => {
    const {bench, logout} = await login(true, false);
    const paths = await begin(bench);
    await logout();
    assert.equal((await bench.launcher.look(paths)).state, 'dead');
    await bench.adopt(paths);
    assert.equal((await awaitExit(paths)).reason, 'lost');
  });

  it('is not evaded where it ends nothing', async () => {
    const {bench} = await login(false);
    const paths = await begin(bench);
    const group = readFileSync(`/proc/${await supervisorPid(paths)}/cgroup`, 'utf8');
    assert.match(group, /session\.scope$/m);
    await writeFile(join(paths.folder, 'go'), '');
    assert.equal((await awaitExit(paths)).rc, 0);
  });
});

async function begin(bench: PosixBench): Promise<JobPaths> {
  const paths = await bench.begin('silent', {job: {argv: ['sh', '-c', WAIT]}});
  await untilLogged(paths, 'running');
  return paths;
}

/** Where this user may make control groups, if anywhere: the named hierarchy of version 1, or version 2. */
function findGroups(): string | undefined {
  const lines = process.platform === 'linux' ? readFileSync('/proc/mounts', 'utf8').split('\n') : [];
  const mounts = lines.map((line) => line.split(' '));
  return mounts
    .filter(([, , type, options]) => type === 'cgroup2' || options?.includes('name=systemd') === true)
    .flatMap(([, path]) => path ?? [])
    .find(isWritable);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function killGroup(group: string): Promise<void> {
  for (;;) {
    const pids = readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
    if (pids.length === 0) return;
    for (const pid of pids) await kill(Number(pid));
  }
}

async function removeGroup(group: string): Promise<void> {
  for (const entry of await readdir(group, {withFileTypes: true}))
    if (entry.isDirectory()) await removeGroup(join(group, entry.name));
  await killGroup(group);
  rmdirSync(group);
}
