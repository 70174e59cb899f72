import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {formatSums, parseSums} from '../../../../src/runner/sums.ts';
import {makeShellPath} from '../../../support/shells.ts';
import {awaitExit, digestOf, endAll, isRunning, kill, pause, readText} from '../job-bench.ts';
import type {PosixBench} from './posix-bench.ts';
import {makeBench, underEachShell} from './posix-bench.ts';

const values = {COSMOS_TEST_SECRET: 'hidden', COSMOS_TEST_NAMED: `it's\n"shown" $HOME \\ `};

describe('posix supervisor under each shell', function () {
  const onEach = underEachShell({values, env: {COSMOS_STRAY: 'stray', LC_ALL: 'C.UTF-8'}});
  afterEach(endAll);

  it('lists outputs as sha256sum reads them', () =>
    onEach(async (bench) => {
      const {paths, exit} = await bench.run('writer');
      assert.deepEqual([exit.reason, exit.rc, exit.signal, exit.isStarted], ['exit', 0, null, true]);
      const sums = await readFile(paths.sums);
      assert.deepEqual(exit.sums, {digest: digestOf(sums), size: sums.length, lines: 2});
      const names = parseSums(sums).entries.map((entry) => entry.name);
      assert.deepEqual(names, ['frames/frame 1 ünïcode.txt', 'output.mp4']);
      const options = {cwd: paths.outputs, encoding: 'utf8'} as const;
      const check = execFileSync('sha256sum', ['-c', '--strict', paths.sums], options);
      assert.equal(check.match(/: OK$/gm)?.length, 2);
    }));

  it('times a short job in parts of seconds', () =>
    onEach(async (bench) => {
      const {startedAt, endedAt} = (await bench.run('writer', {options: ['300']})).exit;
      const took = Date.parse(endedAt) - Date.parse(startedAt ?? '');
      assert.ok(took >= 300 && took < 10_000, `${String(startedAt)} to ${endedAt}`);
      assert.ok(Math.abs(Date.parse(endedAt) - Date.now()) < 10_000, endedAt);
    }));

  it('leaves no process and no temporary file', () =>
    onEach(async (bench) => {
      const {paths} = await bench.run('writer');
      await pause(300);
      assert.deepEqual((await readdir(paths.attempt)).sort(), ['SHA256SUMS', 'log', 'outputs', 'state']);
      const state = ['exit.json', 'heartbeat', 'rc', 'started.json', 'wrapper.json'];
      assert.deepEqual((await readdir(paths.state)).sort(), state);
      assert.match((await readText(paths.heartbeat)) ?? '', /^\d{12}\n$/);
    }));

  it('gives the job only the environment it names', () =>
    onEach(async (bench) => {
      const {paths} = await bench.run('silent', {
        job: {
          argv: [process.execPath, '-p', 'JSON.stringify(process.env)'],
          env: ['COSMOS_TEST_NAMED', 'COSMOS_UNSET'],
          variables: {PLAIN: "a 'b'"},
        },
      });
      const {PWD, SHELL, SHLVL, _, PATH, ...seen} = JSON.parse((await readText(paths.log)) ?? '') as Record<
        string,
        string
      >;
      // Shells add some of their own.
      assert.ok([PWD, SHELL, SHLVL, _].every((value) => value !== 'stray') && PATH !== undefined);
      assert.deepEqual(Object.keys(seen).sort(), [
        ...['COSMOS_JOB', 'COSMOS_OUTPUTS', 'COSMOS_TEST_NAMED', 'HOME', 'LC_ALL', 'PLAIN'],
      ]);
      assert.deepEqual([seen['COSMOS_TEST_NAMED'], seen['PLAIN']], [values.COSMOS_TEST_NAMED, "a 'b'"]);
      assert.deepEqual([seen['LC_ALL'], seen['COSMOS_OUTPUTS']], ['C.UTF-8', paths.outputs]);
    }));

  it('passes words and folder on as they are', () =>
    onEach(async (bench) => {
      const words = ['', ' a  b ', "it's", '$HOME `id` "q" \\n', '*', '-n', 'ü\n'];
      const {paths} = await bench.run('silent', {
        job: {
          argv: [
            process.execPath,
            '-p',
            'JSON.stringify([process.cwd(), ...process.argv.slice(1)])',
            '--',
            ...words,
          ],
          workdir: '/usr',
        },
      });
      assert.deepEqual(JSON.parse((await readText(paths.log)) ?? ''), ['/usr', ...words]);
    }));

  it('passes on the exit code of a failure', () =>
    onEach(async (bench) => {
      const {paths, exit} = await bench.run('fail', {options: ['143']});
      assert.deepEqual([exit.reason, exit.rc, exit.signal, exit.isStarted], ['exit', 143, null, true]);
      assert.match((await readText(paths.log)) ?? '', /something went wrong/);
    }));

  it('tells a death by signal from an exit', () =>
    onEach(async (bench) => {
      for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT']) {
        const {exit} = await bench.run('kills-itself', {options: [signal]});
        assert.deepEqual([exit.reason, exit.rc, exit.signal], ['signal', null, signal]);
      }
    }));

  it('tells a missing program from a forbidden one', () =>
    onEach(async (bench) => {
      const missing = await bench.run('silent', {job: {argv: ['no-such-program-anywhere']}});
      const {exit} = missing;
      assert.deepEqual([exit.reason, exit.rc, exit.isStarted, exit.startedAt], ['exit', 127, false, null]);
      assert.match(
        (await readText(missing.paths.log)) ?? '',
        /cosmos: cannot start "no-such-program-anywhere"/,
      );
      const forbidden = await bench.run('silent', {job: {argv: [missing.paths.job]}});
      assert.deepEqual([forbidden.exit.rc, forbidden.exit.isStarted], [126, false]);
    }));

  it('leaves the attempt to its first supervisor', () =>
    onEach(async (bench) => {
      const paths = await bench.prepare('writer', {options: ['300']});
      await Promise.all([bench.start(paths), bench.start(paths), bench.adopt(paths)]);
      assert.equal((await awaitExit(paths)).rc, 0);
      await bench.start(paths);
      await pause(300);
      assert.equal((await readText(join(paths.folder, 'starts')))?.split('\n').length, 2);
      assert.deepEqual(await readdir(paths.attempts), ['1']);
    }));

  it('ends grandchildren before it hashes', () =>
    onEach(async (bench) => {
      for (const options of [[], ['escape']]) {
        const {paths, exit} = await bench.run('leaves-grandchild', {options});
        const pid = Number(await readText(join(paths.outputs, 'pid')));
        const hasEscaped = isRunning(pid);
        if (hasEscaped) await kill(pid);
        assert.equal(hasEscaped, false);
        assert.deepEqual([exit.reason, exit.rc, exit.changed], ['exit', 0, []]);
      }
    }));

  it('refuses hostile names and kinds', () =>
    onEach(async (bench) => {
      const {paths, exit} = await bench.run('hostile-names');
      const names = parseSums(await readFile(paths.sums)).entries.map((entry) => entry.name);
      assert.deepEqual(names, ['good.txt']);
      const expected = [
        ...['\\u0085next', 'back\\\\slash', 'fold\\ter', 'folder-link', 'latin-\\u00e9', 'link'],
        ...['new\\nline', 'pipe', 'sub/\\u00ff'],
      ];
      assert.deepEqual([...exit.refused].sort(), expected.sort());
    }));

  it('starts with inputs as announced only', () =>
    onEach(async (bench) => {
      const inputs = {'a b.txt': 'first', 'sub/ü.txt': 'second'};
      assert.equal((await bench.run('silent', {inputs})).exit.rc, 0);
      const paths = await bench.prepare('silent', {inputs});
      await writeFile(join(paths.inputs, 'sub/ü.txt'), 'other!');
      await bench.start(paths);
      const exit = await awaitExit(paths);
      assert.deepEqual([exit.reason, exit.isStarted, exit.sums], ['inputs', false, null]);
      assert.match((await readText(paths.log)) ?? '', /cosmos: input "sub\/ü.txt" is sha256:/);
    }));

  it('refuses forged ids and attempts', () =>
    onEach(async (bench) => {
      const paths = await bench.prepare('writer');
      await bench.start(paths);
      await awaitExit(paths);
      for (const [folder, attempt] of [
        [`${paths.folder}/..`, '1'],
        [`${paths.folder};id`, '1'],
        ['rs_1', '1'],
        [paths.folder, '0'],
        [paths.folder, '../1'],
      ] as const) {
        const program = (await readdir(join(bench.root, 'bin')))[0] ?? '';
        const {code} = await bench.exec([
          'sh',
          join(bench.root, 'bin', program, 'supervisor.sh'),
          'start',
          folder,
          attempt,
        ]);
        assert.equal(code, 2, folder);
      }
      await rm(paths.folder, {recursive: true});
      await assert.rejects(bench.launcher.adopt(paths.folder, 1), /there is no such job folder/);
    }));
});

// What no shell can make a difference to is tried under one of them.
describe('posix supervisor', function () {
  let bench: PosixBench;
  before(async function () {
    const path = await makeShellPath('dash');
    if (path === undefined) this.skip();
    bench = await makeBench(path);
  });
  afterEach(endAll);

  it('never starts what another attempt overtook', async () => {
    const paths = await bench.begin('writer', {job: {attempt: 2}});
    await pause(500);
    assert.deepEqual((await readdir(paths.folder)).sort(), ['inputs', 'job.json', 'job.sh']);
  });

  it('does not start from a torn script', async () => {
    const paths = await bench.prepare('writer');
    const script = join(paths.folder, 'job.sh');
    const text = await readFile(script, 'utf8');
    await writeFile(script, text.slice(0, -20));
    await bench.start(paths);
    assert.equal((await awaitExit(paths)).reason, 'inputs');
    assert.equal(await readText(join(paths.folder, 'starts')), undefined);
  });

  it('lists thousands of files within seconds', async () => {
    const program = `const {mkdirSync, writeFileSync} = require('node:fs');
      const folder = process.env.COSMOS_OUTPUTS + '/frames of ünïcode';
      mkdirSync(folder);
      for (let i = 0; i < 20000; i += 1) writeFileSync(folder + '/' + i + '.png', String(i));`;
    const {paths, exit} = await bench.run('silent', {job: {argv: [process.execPath, '-e', program]}});
    assert.deepEqual([exit.reason, exit.sums?.lines, exit.refused], ['exit', 20_000, []]);
    const text = (await readText(paths.sums)) ?? '';
    assert.equal(text, formatSums(parseSums(Buffer.from(text)).entries));
  });

  it('cuts long lists to the reserved space', async () => {
    const program = `for (let i = 0; i < 3000; i += 1)
      require('node:fs').symlinkSync('x', process.env.COSMOS_OUTPUTS + '/a name with "quotes" ' + i);`;
    const {paths, exit} = await bench.run('silent', {job: {argv: [process.execPath, '-e', program]}});
    assert.equal((await readFile(paths.exit)).length, 64 << 10);
    assert.ok(exit.refused.length > 500 && exit.refused[0] === 'a name with \\"quotes\\" 0');
    assert.equal(exit.refused.length + exit.omitted, 3000);
  });

  it('has no outputs when their folder is gone', async () => {
    const {exit} = await bench.run('silent', {job: {argv: ['sh', '-c', 'rm -r "$COSMOS_OUTPUTS"']}});
    assert.deepEqual([exit.sums, exit.refused], [{digest: digestOf(''), size: 0, lines: 0}, []]);
    const replaced = await bench.run('removes-outputs');
    assert.deepEqual([replaced.exit.sums?.lines, replaced.exit.refused], [0, ['.']]);
  });
});
