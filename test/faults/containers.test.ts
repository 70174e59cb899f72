import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {chmod, copyFile, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Job} from '../../src/runner/job.ts';
import type {JobPaths} from '../../src/runner/job-paths.ts';
import type {JobOptions} from '../runner/launchers/job-bench.ts';
import {
  awaitExit,
  endAll,
  kill,
  readText,
  supervisorPid,
  until,
  untilLogged,
} from '../runner/launchers/job-bench.ts';
import type {BenchOptions, PosixBench} from '../runner/launchers/posix/posix-bench.ts';
import {makeBench} from '../runner/launchers/posix/posix-bench.ts';
import {IMAGE, type Engine} from '../support/engine.ts';
import {withEachEngine} from '../support/engines.ts';
import {findProgram} from '../support/shells.ts';
import {temporaryFolder} from '../support/temporary.ts';

const NOBODY = 65_534;
const SECRET = "tell 'nobody'\nof this";
const NAME = `cosmos-rs_${'0'.repeat(31)}1-a1`;
const PATH = process.env['PATH'] ?? '';
const LEAVES_OUTPUT = `cd "$COSMOS_OUTPUTS"; mkdir d; echo 1 >d/o; chmod 0600 d/o; chmod 0700 d; echo running; sleep 100`;

/** A target whose jobs go into containers of one engine. */
interface ContainerBench extends PosixBench {
  engine: Engine;
  /** Folder of temporary files there. */
  temporary: string;
  /** A job that is a shell script in a container. */
  script: (text: string, options?: JobOptions) => [string, JobOptions];
}

interface More extends BenchOptions {
  runtime?: string[];
  path?: string;
}

async function benchOf(
  engine: Engine,
  {runtime, path = PATH, env, ...more}: More = {},
): Promise<ContainerBench> {
  const temporary = await temporaryFolder('tmp');
  await chmod(temporary, 0o777);
  const bench = await makeBench(path, {
    ...more,
    name: 'docker',
    env: {...engine.env, TMPDIR: temporary, ...env},
  });
  const script: ContainerBench['script'] = (text, options = {}) => {
    const container = {...containerOf(runtime ?? [engine.name]), ...options.job?.container};
    return ['silent', {...options, job: {argv: ['sh', '-c', text], ...options.job, container}}];
  };
  return {...bench, engine, temporary, script};
}

function containerOf(runtime: string[]): NonNullable<Job['container']> {
  return {runtime, image: IMAGE, mounts: [], shm: null, ipc: null};
}

/** A login without any right but to run the engine's client as root: `sudo -n` is played by a setpriv that may do it. */
async function userBenchOf(engine: Engine): Promise<ContainerBench> {
  const folder = await temporaryFolder('sudo');
  await chmod(folder, 0o755);
  await copyFile(findProgram('setpriv') ?? '', join(folder, 'become'));
  await chmod(join(folder, 'become'), 0o4755);
  const words = `[ "$1" = -n ] || exit 1; shift; exec ${folder}/become --reuid=0 --regid=0 --clear-groups "$@"`;
  await writeFile(join(folder, 'sudo'), `#!/bin/sh\n${words}\n`, {mode: 0o755});
  return benchOf(engine, {
    path: `${folder}:${PATH}`,
    uid: NOBODY,
    runtime: ['sudo', '-n', engine.name],
  });
}

describe('posix supervisor: containers', function () {
  this.timeout(60_000);
  const onEach = withEachEngine();
  const benches = new Map<Engine, ContainerBench>();
  const withEach = (act: (bench: ContainerBench) => Promise<void>): Promise<void> =>
    onEach(async (engine) => {
      const bench = benches.get(engine) ?? (await benchOf(engine, {values: {COSMOS_TEST_SECRET: SECRET}}));
      benches.set(engine, bench);
      await act(bench);
    });
  const withEachUser = (act: (bench: ContainerBench) => Promise<void>): Promise<void> =>
    onEach(async (engine) => act(await userBenchOf(engine)));

  afterEach(async () => {
    await endAll();
    await onEach(async ({call}) => {
      await call('rm', '-f', NAME).catch(() => undefined);
    });
  });

  it('runs a job and brings its outputs', () =>
    withEach(async (bench) => {
      const mounted = await temporaryFolder('mount');
      await writeFile(join(mounted, 'facts'), 'mounted, with spaces');
      const mounts = [{source: mounted, target: '/models', isReadOnly: true}];
      const text =
        'cat /models/facts inputs/a; touch inputs/b /models/c; echo "$PLAIN"; echo out >"$COSMOS_OUTPUTS/o"';
      const container = {...containerOf([bench.engine.name]), mounts, shm: '8m', ipc: 'private'};
      const {paths, exit} = await bench.run(
        ...bench.script(text, {inputs: {a: 'input'}, job: {variables: {PLAIN: 'plain words'}, container}}),
      );
      assert.deepEqual([exit.reason, exit.rc, exit.sums?.lines, exit.isStarted], ['exit', 0, 1, true]);
      const log = (await readText(paths.log)) ?? '';
      assert.match(log, /^mounted, with spacesinput/);
      assert.match(log, /plain words\n$/);
      assert.equal(log.match(/Read-only file system/g)?.length, 2);
      const record = JSON.parse((await readText(paths.container)) ?? '') as Record<string, unknown>;
      assert.deepEqual([record['name'], record['image']], [NAME, IMAGE]);
      assert.match(String(record['imageId']), /^sha256:[0-9a-f]{64}$/);
      await untilRemoved(bench);
    }));

  it('takes the defaults of a target', () =>
    withEach(async (bench) => {
      const container = {...containerOf([bench.engine.name]), shm: '8g', ipc: 'host'};
      const {exit} = await bench.run(...bench.script('exit 0', {job: {container}}));
      assert.deepEqual([exit.reason, exit.rc], ['exit', 0]);
    }));

  it('passes on exit codes and signals', () =>
    withEach(async (bench) => {
      for (const code of [125, 137]) {
        const {exit} = await bench.run(...bench.script(`exit ${code}`));
        assert.deepEqual([exit.reason, exit.rc, exit.signal, exit.isStarted], ['exit', code, null, true]);
      }
      const signalled = await bench.run(...bench.script('kill -SEGV $$'));
      assert.deepEqual([signalled.exit.reason, signalled.exit.signal], ['signal', 'SIGSEGV']);
      const missing = await bench.run(...bench.script('', {job: {argv: ['no-such-program']}}));
      assert.deepEqual([missing.exit.rc, missing.exit.isStarted], [127, false]);
      const denied = await bench.run(...bench.script('', {job: {argv: ['/etc/passwd']}}));
      assert.deepEqual([denied.exit.rc, denied.exit.isStarted], [126, false]);
      await untilRemoved(bench);
    }));

  it('hands outputs over to who logs in', () =>
    withEachUser(async (user) => {
      const text = `id -u; cd "$COSMOS_OUTPUTS"; mkdir d; echo 1 >d/o; ln -s /etc/passwd l; chmod 0600 d/o; chmod 0700 d`;
      const {paths, exit} = await user.run(...user.script(text));
      assert.equal(await readText(paths.log), '0\n');
      assert.deepEqual([exit.rc, exit.sums?.lines, exit.refused], [0, 1, ['l']]);
      for (const path of [paths.log, paths.rc, join(paths.outputs, 'd/o')]) await assertNobodys(path);
      assert.equal((await stat('/etc/passwd')).uid, 0);
    }));

  it('hashes what a killed root container left', () =>
    withEachUser(async (user) => {
      const paths = await user.begin(...user.script(LEAVES_OUTPUT));
      await untilLogged(paths, 'running');
      await user.engine.call('kill', NAME);
      const exit = await awaitExit(paths);
      assert.deepEqual(
        [exit.reason, exit.signal, exit.sums?.lines, exit.refused, exit.lacksMemory],
        ['signal', 'SIGKILL', 1, [], false],
      );
      assert.match((await readText(paths.log)) ?? '', /cosmos: the container ended with exit code 137/);
      await assertNobodys(join(paths.outputs, 'd/o'));
    }));

  it('is lost with the machine, and its outputs are not', () =>
    withEachUser(async (user) => {
      const paths = await user.begin(...user.script(LEAVES_OUTPUT));
      await untilLogged(paths, 'running');
      await kill(await supervisorPid(paths));
      await user.engine.call('kill', NAME);
      await pretendRestart(paths);
      await user.adopt(paths);
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc, exit.sums?.lines], ['lost', null, 1]);
      await assertNobodys(join(paths.outputs, 'd/o'));
      await untilRemoved(user);
    }));

  it('says with proof that memory was lacking', () =>
    withEach(async (bench) => {
      const container = {...containerOf([bench.engine.name]), memory: '48m'};
      const grab = 'dd if=/dev/zero of=/dev/null bs=200M count=1';
      const child = await bench.run(...bench.script(`${grab}; exit 3`, {job: {container}}));
      assert.deepEqual([child.exit.reason, child.exit.rc, child.exit.lacksMemory], ['exit', 3, true]);
      assert.match((await readText(child.paths.log)) ?? '', /^cosmos: .* no more memory$/m);
      // The counter of the container's own group, which does not need the runtime's word.
      assert.match((await readText(child.paths.rc)) ?? '', /"lacksMemory":true/);
      const own = await bench.run(...bench.script(`exec ${grab}`, {job: {container}}));
      assert.deepEqual([own.exit.signal, own.exit.lacksMemory], ['SIGKILL', true]);
      const other = await bench.run(...bench.script('kill -KILL $$', {job: {container}}));
      assert.deepEqual([other.exit.signal, other.exit.lacksMemory], ['SIGKILL', false]);
    }));

  it('cancels with a polite signal first', () =>
    withEach(async (bench) => {
      const paths = await bench.begin(
        ...bench.script('trap "echo bye; exit 5" TERM; echo running; while :; do sleep 0.1; done'),
      );
      await untilLogged(paths, 'running');
      await writeFile(paths.cancel, '');
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc], ['cancel', 5]);
      assert.match((await readText(paths.log)) ?? '', /bye/);
      await untilRemoved(bench);
    }));

  it('kills a container that ignores the request', () =>
    withEach(async (bench) => {
      const paths = await bench.begin(
        ...bench.script('trap "" TERM; echo running; while :; do sleep 0.1; done'),
      );
      await untilLogged(paths, 'running');
      await writeFile(paths.cancel, '');
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc, exit.signal], ['cancel', null, 'SIGKILL']);
      await untilRemoved(bench);
    }));

  it('tells what could not be started', () =>
    withEach(async (bench) => {
      const plain = containerOf([bench.engine.name]);
      const absent = {...plain, image: 'cosmos-test:none'};
      const {paths, exit} = await bench.run(...bench.script('exit 0', {job: {container: absent}}));
      assert.deepEqual([exit.reason, exit.rc, exit.isStarted], ['exit', 125, false]);
      assert.match((await readText(paths.log)) ?? '', /^cosmos: .*(No such image|image not known)/m);
      const mounts = [{source: '/no/such/folder', target: '/models', isReadOnly: true}];
      const unmounted = await bench.run(...bench.script('exit 0', {job: {container: {...plain, mounts}}}));
      assert.deepEqual([unmounted.exit.rc, unmounted.exit.isStarted], [125, false]);
      await untilRemoved(bench);
    }));

  it('shows secrets to the job only', () =>
    withEach(async (bench) => {
      const text = 'printf "%s" "$COSMOS_TEST_SECRET" >"$COSMOS_OUTPUTS/seen"; echo running; sleep 100';
      const paths = await bench.begin(...bench.script(text, {job: {env: ['COSMOS_TEST_SECRET']}}));
      await untilLogged(paths, 'running');
      assert.equal(await readText(join(paths.outputs, 'seen')), SECRET);
      assert.doesNotMatch(await bench.engine.call('inspect', NAME), /nobody/);
      await until('the end of the folder', async () => (await readdir(bench.temporary)).length === 0);
      for (const path of [paths.job, join(paths.folder, 'job.sh'), paths.log, paths.started, paths.wrapper])
        assert.doesNotMatch((await readText(path)) ?? '', /nobody/);
      await writeFile(paths.cancel, '');
      await awaitExit(paths);
    }));

  it('leaves no secrets behind when its supervisor is killed before the container reads them', () =>
    onEach(async (engine) => {
      const folder = await temporaryFolder('slow');
      const runtime = join(folder, 'runtime');
      const text = `#!/bin/sh\n[ "$1" != run ] || exec sleep 100\nexec ${engine.name} "$@"\n`;
      await writeFile(runtime, text, {mode: 0o755});
      const bench = await benchOf(engine, {runtime: [runtime], values: {COSMOS_TEST_SECRET: SECRET}});
      const paths = await bench.begin(...bench.script('exit 0', {job: {env: ['COSMOS_TEST_SECRET']}}));
      await until('the secrets', async () => (await readdir(bench.temporary)).length === 1);
      await kill(await supervisorPid(paths));
      await bench.adopt(paths);
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.isStarted], ['lost', false]);
      await until('the end of the secrets', async () => (await readdir(bench.temporary)).length === 0);
    }));

  it('is adopted when its supervisor was killed', () =>
    withEach(async (bench) => {
      const paths = await bench.begin(
        ...bench.script('echo x >>starts; echo running; sleep 3; echo out >"$COSMOS_OUTPUTS/o"'),
      );
      await untilLogged(paths, 'running');
      await kill(await supervisorPid(paths));
      assert.equal((await bench.launcher.look(paths)).state, 'dead');
      await bench.adopt(paths);
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc, exit.sums?.lines], ['exit', 0, 1]);
      assert.equal(await readText(join(paths.folder, 'starts')), 'x\n');
      await untilRemoved(bench);
    }));

  it('keeps its GPUs without a supervisor', async function () {
    if (findProgram('flock') === undefined) this.skip();
    await onEach(async (engine) => {
      const {bench, words, slots} = await gpuBenchOf(engine);
      const paths = await bench.begin(
        ...bench.script('echo running; while [ ! -e go ]; do sleep 0.1; done', {job: {gpus: 2}}),
      );
      await untilLogged(paths, 'running');
      assert.deepEqual(await words(), WORDS_FOR_TWO[engine.name]);
      await kill(await supervisorPid(paths));
      const isFree = async (gpu: string): Promise<boolean> =>
        (await bench.exec(['flock', '-n', join(slots, gpu), 'true'])).code === 0;
      assert.deepEqual([await isFree('GPU-aa'), await isFree('GPU-bb')], [false, false]);
      await writeFile(join(paths.folder, 'go'), '');
      await until('free slots', async () => (await isFree('GPU-aa')) && (await isFree('GPU-bb')));
      await bench.adopt(paths);
      assert.equal((await awaitExit(paths)).rc, 0);
      await untilRemoved(bench);
    });
  });

  it('starts nothing with too few GPUs', () =>
    onEach(async (engine) => {
      const {bench} = await gpuBenchOf(engine);
      const {paths, exit} = await bench.run(...bench.script('exit 0', {job: {gpus: 3}}));
      assert.deepEqual([exit.rc, exit.isStarted], [125, false]);
      assert.match((await readText(paths.log)) ?? '', /asks for 3 GPUs, and this machine has 2$/m);
    }));

  it('is called lost when nothing is left of it', () =>
    withEach(async (bench) => {
      const paths = await bench.begin(...bench.script('echo running; sleep 100'));
      await untilLogged(paths, 'running');
      await kill(await supervisorPid(paths));
      // Removed alive, podman would ask the job to end first, and the job would say so.
      await bench.engine.call('kill', NAME);
      await bench.engine.call('rm', '-f', NAME);
      await bench.adopt(paths);
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.rc, exit.isStarted], ['lost', null, true]);
    }));
});

const WORDS_FOR_TWO = {
  docker: ['--gpus', '"device=GPU-aa,GPU-bb"'],
  podman: ['--device', 'nvidia.com/gpu=GPU-aa', '--device', 'nvidia.com/gpu=GPU-bb'],
};

interface GpuBench {
  bench: ContainerBench;
  slots: string;
  /** The words for GPUs that the last container was started with. */
  words: () => Promise<string[]>;
}

/** Two GPUs that only nvidia-smi knows. The runtime notes the words for them, and starts the container without. */
async function gpuBenchOf(engine: Engine): Promise<GpuBench> {
  const folder = await temporaryFolder('gpus');
  const slots = join(folder, 'slots');
  const runtime = `#!/bin/sh
[ "$1" != run ] || : >${folder}/words
for word do
  shift
  case $last in --gpus | --device) printf '%s\\n' "$last" "$word" >>${folder}/words ;; esac
  case $word,$last in --gpus,* | --device,* | *,--gpus | *,--device) ;; *) set -- "$@" "$word" ;; esac
  last=$word
done
exec ${engine.name} "$@"
`;
  for (const [name, text] of [
    ['nvidia-smi', '#!/bin/sh\nprintf "GPU-aa\\nGPU-bb\\n"\n'],
    ['runtime', runtime],
  ] as const)
    await writeFile(join(folder, name), text, {mode: 0o755});
  const bench = await benchOf(engine, {
    path: `${folder}:${PATH}`,
    env: {COSMOS_SLOTS: slots},
    runtime: [join(folder, 'runtime')],
  });
  return {
    bench,
    slots,
    words: async () => (await readFile(join(folder, 'words'), 'utf8')).trim().split('\n'),
  };
}

/** What the records of a job look like when the machine was started again since. */
async function pretendRestart({wrapper, started}: JobPaths): Promise<void> {
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  for (const path of [wrapper, started])
    execFileSync('sed', ['-i', `s/${boot}/${boot.replace(/./g, '0')}/`, path]);
}

async function assertNobodys(path: string): Promise<void> {
  const {uid, gid} = await stat(path);
  assert.deepEqual([uid, gid], [NOBODY, NOBODY], path);
}

async function untilRemoved({engine}: ContainerBench): Promise<void> {
  await until('the end of the container', async () => (await engine.call('ps', '-aq')) === '');
}
