import assert from 'node:assert/strict';
import {chmod, readdir, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {Job} from '../../../../src/runner/job.ts';
import type {DockerEngine} from '../../../support/docker.ts';
import {hasDocker, IMAGE, startDocker} from '../../../support/docker.ts';
import {findProgram} from '../../../support/shells.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import type {JobOptions} from '../job-bench.ts';
import {awaitExit, endAll, kill, readText, supervisorPid, until, untilLogged} from '../job-bench.ts';
import type {PosixBench} from './posix-bench.ts';
import {makeBench} from './posix-bench.ts';

const NOBODY = 65_534;
const SECRET = "tell 'nobody'\nof this";
const NAME = `cosmos-rs_${'0'.repeat(31)}1-a1`;

describe('posix supervisor: containers', function () {
  this.timeout(60_000);
  let engine: DockerEngine;
  let bench: PosixBench;
  before(async function () {
    if (!hasDocker()) this.skip();
    engine = await startDocker();
    const env = {DOCKER_HOST: engine.host};
    bench = await makeBench(process.env['PATH'] ?? '', {
      name: 'docker',
      values: {COSMOS_TEST_SECRET: SECRET},
      env,
    });
  });
  afterEach(async () => {
    await endAll();
    await engine.docker('rm', '-f', NAME).catch(() => undefined);
  });
  after(async () => {
    // Undefined where the tests are skipped.
    await (engine as DockerEngine | undefined)?.stop();
  });

  it('runs a job and brings its outputs', async () => {
    const mounted = await temporaryFolder('mount');
    await writeFile(join(mounted, 'facts'), 'mounted, with spaces');
    const mounts = [{source: mounted, target: '/models', isReadOnly: true}];
    const {paths, exit} = await bench.run(
      ...script(
        'cat /models/facts inputs/a; touch inputs/b /models/c; echo "$PLAIN"; echo out >"$COSMOS_OUTPUTS/o"',
        {
          inputs: {a: 'input'},
          job: {variables: {PLAIN: 'plain words'}, container: container({mounts, shm: '8m', ipc: 'private'})},
        },
      ),
    );
    assert.deepEqual([exit.reason, exit.rc, exit.sums?.lines, exit.isStarted], ['exit', 0, 1, true]);
    const log = (await readText(paths.log)) ?? '';
    assert.match(log, /^mounted, with spacesinput/);
    assert.match(log, /plain words\n$/);
    assert.equal(log.match(/Read-only file system/g)?.length, 2);
    const record = JSON.parse((await readText(join(paths.state, 'container.json'))) ?? '') as Record<
      string,
      unknown
    >;
    assert.deepEqual([record['name'], record['image'], record['repoDigest']], [NAME, IMAGE, null]);
    assert.match(String(record['imageId']), /^sha256:[0-9a-f]{64}$/);
    await untilRemoved();
  });

  it('passes on exit codes and signals', async () => {
    const failed = await bench.run(...script('exit 137'));
    assert.deepEqual([failed.exit.reason, failed.exit.rc, failed.exit.signal], ['exit', 137, null]);
    await untilRemoved();
    const signalled = await bench.run(...script('kill -SEGV $$'));
    assert.deepEqual([signalled.exit.reason, signalled.exit.signal], ['signal', 'SIGSEGV']);
    await untilRemoved();
    const missing = await bench.run('silent', {job: {argv: ['no-such-program'], container: container()}});
    assert.deepEqual([missing.exit.rc, missing.exit.isStarted], [127, false]);
  });

  it('hands outputs over to who logs in', async () => {
    const user = await makeUserBench();
    const text = `id -u; cd "$COSMOS_OUTPUTS"; mkdir d; echo 1 >d/o; ln -s /etc/passwd l; chmod 0600 d/o; chmod 0700 d`;
    const {paths, exit} = await user.run(...script(text));
    assert.equal(await readText(paths.log), '0\n');
    assert.deepEqual([exit.rc, exit.sums?.lines, exit.refused], [0, 1, ['l']]);
    for (const path of [paths.log, paths.rc, join(paths.outputs, 'd/o')]) {
      const {uid, gid} = await stat(path);
      assert.deepEqual([uid, gid], [NOBODY, NOBODY]);
    }
    assert.equal((await stat('/etc/passwd')).uid, 0);
  });

  it('hashes what a killed root container left', async () => {
    const user = await makeUserBench();
    const text = `cd "$COSMOS_OUTPUTS"; mkdir d; echo 1 >d/o; chmod 0600 d/o; chmod 0700 d; echo running; sleep 100`;
    const paths = await user.begin(...script(text));
    await untilLogged(paths, 'running');
    await engine.docker('kill', NAME);
    const exit = await awaitExit(paths);
    assert.deepEqual(
      [exit.reason, exit.signal, exit.sums?.lines, exit.refused],
      ['signal', 'SIGKILL', 1, []],
    );
    assert.match((await readText(paths.log)) ?? '', /cosmos: the container ended with exit code 137/);
    assert.equal((await stat(join(paths.outputs, 'd/o'))).uid, NOBODY);
  });

  it('cancels with a polite signal first', async () => {
    const paths = await bench.begin(
      ...script('trap "echo bye; exit 5" TERM; echo running; while :; do sleep 0.1; done'),
    );
    await untilLogged(paths, 'running');
    await writeFile(paths.cancel, '');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc], ['cancel', 5]);
    assert.match((await readText(paths.log)) ?? '', /bye/);
    await untilRemoved();
  });

  it('kills a container that ignores the request', async () => {
    const paths = await bench.begin(...script('trap "" TERM; echo running; while :; do sleep 0.1; done'));
    await untilLogged(paths, 'running');
    await writeFile(paths.cancel, '');
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.signal], ['cancel', null, 'SIGKILL']);
    await untilRemoved();
  });

  it('tells what could not be started', async () => {
    const image = 'cosmos-test:none';
    const {paths, exit} = await bench.run(...script('exit 0', {job: {container: container({image})}}));
    assert.deepEqual([exit.reason, exit.rc, exit.isStarted], ['exit', 125, false]);
    assert.match((await readText(paths.log)) ?? '', /^cosmos: .*No such image/m);
    const mounts = [{source: '/no/such/folder', target: '/models', isReadOnly: true}];
    const unmounted = await bench.run(...script('exit 0', {job: {container: container({mounts})}}));
    assert.deepEqual([unmounted.exit.rc, unmounted.exit.isStarted], [125, false]);
  });

  it('shows secrets to the job only', async () => {
    const before = await listSecretFolders();
    const paths = await bench.begin(
      ...script('printf "%s" "$COSMOS_TEST_SECRET" >"$COSMOS_OUTPUTS/seen"; echo running; sleep 100', {
        job: {env: ['COSMOS_TEST_SECRET'], container: container()},
      }),
    );
    await untilLogged(paths, 'running');
    assert.equal(await readText(join(paths.outputs, 'seen')), SECRET);
    assert.doesNotMatch(await engine.docker('inspect', NAME), /nobody/);
    await until(
      'the end of the folder',
      async () => (await listSecretFolders()).length === before.length || undefined,
    );
    for (const path of [paths.job, join(paths.folder, 'job.sh'), paths.log, paths.started, paths.wrapper])
      assert.doesNotMatch((await readText(path)) ?? '', /nobody/);
    await writeFile(paths.cancel, '');
    await awaitExit(paths);
  });

  it('is adopted when its supervisor was killed', async () => {
    const paths = await bench.begin(
      ...script('echo x >>starts; echo running; sleep 3; echo out >"$COSMOS_OUTPUTS/o"'),
    );
    await untilLogged(paths, 'running');
    await kill(await supervisorPid(paths));
    assert.equal(await bench.launcher.supervisorState(paths), 'dead');
    await bench.adopt(paths);
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.sums?.lines], ['exit', 0, 1]);
    assert.equal(await readText(join(paths.folder, 'starts')), 'x\n');
    await untilRemoved();
  });

  it('keeps its GPUs without a supervisor', async function () {
    const folder = await temporaryFolder('gpus');
    if (findProgram('flock') === undefined) this.skip();
    const nvidia = '#!/bin/sh\nprintf "GPU-aa\\nGPU-bb\\n"\n';
    // What an engine does with GPUs needs some: the runtime here notes the option, and drops it.
    const runtime = `#!/bin/sh
for word do
  shift
  case $last in --gpus) echo "$word" >${folder}/options ;; esac
  [ "$word" = --gpus ] || [ "$last" = --gpus ] || set -- "$@" "$word"
  last=$word
done
exec ${findProgram('docker') ?? ''} "$@"
`;
    for (const [name, text] of [
      ['nvidia-smi', nvidia],
      ['runtime', runtime],
    ] as const) {
      await writeFile(join(folder, name), text, {mode: 0o755});
    }
    const env = {DOCKER_HOST: engine.host, COSMOS_SLOTS: join(folder, 'slots')};
    const own = await makeBench(`${folder}:${process.env['PATH'] ?? ''}`, {name: 'docker', env});
    const job = {gpus: 2, container: {...container(), runtime: [join(folder, 'runtime')]}};
    const paths = await own.begin(...script('echo running; while [ ! -e go ]; do sleep 0.1; done', {job}));
    await untilLogged(paths, 'running');
    assert.equal(await readText(join(folder, 'options')), '"device=GPU-aa,GPU-bb"\n');
    await kill(await supervisorPid(paths));
    const isFree = async (gpu: string): Promise<boolean> =>
      (await own.exec(['flock', '-n', join(folder, 'slots', gpu), 'true'])).code === 0;
    assert.deepEqual([await isFree('GPU-aa'), await isFree('GPU-bb')], [false, false]);
    await writeFile(join(paths.folder, 'go'), '');
    await until(
      'free slots',
      async () => ((await isFree('GPU-aa')) && (await isFree('GPU-bb'))) || undefined,
    );
    await own.adopt(paths);
    assert.equal((await awaitExit(paths)).rc, 0);
    await untilRemoved();
  });

  it('is called lost when nothing is left of it', async () => {
    const paths = await bench.begin(...script('echo running; sleep 100'));
    await untilLogged(paths, 'running');
    await kill(await supervisorPid(paths));
    await engine.docker('rm', '-f', NAME);
    await bench.adopt(paths);
    const exit = await awaitExit(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.isStarted], ['lost', null, true]);
  });

  /** A login without any right but that to the engine. */
  async function makeUserBench(): Promise<PosixBench> {
    const socket = engine.host.replace('unix://', '');
    await chmod(dirname(socket), 0o755);
    await chmod(socket, 0o666);
    const env = {DOCKER_HOST: engine.host};
    return makeBench(process.env['PATH'] ?? '', {name: 'docker', env, uid: NOBODY});
  }

  async function untilRemoved(): Promise<void> {
    await until(
      'the end of the container',
      async () => (await engine.docker('ps', '-aq')) === '' || undefined,
    );
  }
});

/** A job that is a shell script in a container. */
function script(text: string, options: JobOptions = {}): [string, JobOptions] {
  const job: Partial<Job> = {argv: ['sh', '-c', text], container: container(), ...options.job};
  return ['silent', {...options, job}];
}

function container(options: Partial<NonNullable<Job['container']>> = {}): NonNullable<Job['container']> {
  const runtime = [findProgram('docker') ?? 'docker'];
  return {runtime, image: IMAGE, mounts: [], shm: null, ipc: null, ...options};
}

async function listSecretFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('cosmos.'));
}
