import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {posix} from 'node:path';
import type {CosmosError} from '../../../../src/errors.ts';
import {makePosixLauncher} from '../../../../src/runner/launchers/posix/launcher.ts';
import {readScripts} from '../../../../src/runner/launchers/posix/scripts.ts';
import {findProgram, LOCAL_FILES, makeRunner, makeShellPath, SHELLS} from '../../../support/shells.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import {makeJob} from '../job-bench.ts';

describe('makePosixLauncher', function () {
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  it('uploads the supervisor once and last file last', async () => {
    const root = await temporaryFolder('upload');
    const written: string[] = [];
    const make = (): ReturnType<typeof makePosixLauncher> =>
      makePosixLauncher({
        name: 'process',
        runner: makeRunner({PATH: process.env['PATH']}),
        files: {
          ...LOCAL_FILES,
          writeFile: (path, bytes) => {
            written.push(posix.relative(root, path));
            return LOCAL_FILES.writeFile(path, bytes);
          },
        },
        root: () => Promise.resolve(root),
        readEnv: () => undefined,
      });
    const paths = await makeJob('silent');
    const first = make();
    assert.equal((await first.look(paths)).state, 'unknown');
    const {digest, files} = await readScripts();
    assert.deepEqual(
      written,
      files.map(({name}) => `bin/${digest}/${name}`),
    );
    assert.equal(written.at(-1), `bin/${digest}/supervisor.sh`);
    assert.equal((await make().look(paths)).state, 'unknown');
    assert.equal(written.length, files.length);
  });

  it('says what the target said of a failure', async () => {
    const root = await temporaryFolder('upload');
    let isBroken = true;
    const launcher = makePosixLauncher({
      name: 'process',
      runner: {
        exec: (words) => {
          if (!isBroken) return Promise.resolve({code: 0, signal: null, stdout: 'alive\n', stderr: ''});
          return Promise.resolve({
            code: 127,
            signal: null,
            stdout: '',
            stderr: `${words[0] ?? ''}: not found\n`,
          });
        },
      },
      files: LOCAL_FILES,
      root,
      readEnv: () => undefined,
    });
    const paths = await makeJob('silent');
    await assert.rejects(launcher.start(paths.folder, 1), (error: CosmosError) => {
      assert.deepEqual([error.code, error.exitCode], ['target.failed', 13]);
      assert.match(error.message, /sh: not found/);
      return true;
    });
    await assert.rejects(launcher.start(`${paths.folder}-gone`, 1), {code: 'target.failed'});
    isBroken = false;
    assert.equal((await launcher.look(paths)).state, 'alive');
  });
});

describe('SHELLS', () => {
  it('are all there to be tried', async function () {
    for (const shell of SHELLS) if ((await makeShellPath(shell)) === undefined) this.skip();
  });
});

describe('readScripts', function () {
  it('names sources that every shell can read', async function () {
    if (process.platform !== 'linux') this.skip();
    const {digest, files} = await readScripts();
    assert.match(digest, /^[0-9a-f]{64}$/);
    for (const {name, bytes} of files) {
      assert.ok(!bytes.includes('\r') && bytes.at(-1) === 10, name);
      if (!name.endsWith('.sh')) continue;
      for (const shell of SHELLS) {
        const program = findProgram(shell);
        if (program === undefined) continue;
        execFileSync(program, [...(shell === 'busybox' ? ['sh'] : []), '-n'], {input: bytes});
      }
    }
  });
});
