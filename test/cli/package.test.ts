import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {CITY, REPOSITORY} from '../support/cli.ts';
import {temporaryFolder} from '../support/temporary.ts';

const execute = promisify(execFile);
const IS_WINDOWS = process.platform === 'win32';

/** npm as a program of Node where that is known, so that Windows needs no shell. */
function npm(args: readonly string[], cwd: string): Promise<{stdout: string}> {
  const cli = process.env['npm_execpath'];
  const [program, first] = cli === undefined ? ['npm', []] : [process.execPath, [cli]];
  return execute(program, [...first, ...args], {cwd, maxBuffer: 1 << 24});
}

describe('the packed package', function () {
  this.timeout(300_000);

  it('installs under a prefix and runs in a folder with a space and an umlaut', async function () {
    const folder = await temporaryFolder('package');
    const {stdout} = await npm(
      ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
      REPOSITORY,
    );
    const [{filename}] = JSON.parse(stdout) as [{filename: string}];
    const prefix = join(folder, 'prefix');
    try {
      await npm(
        [
          'install',
          '--global',
          '--no-audit',
          '--no-fund',
          '--prefer-offline',
          '--prefix',
          prefix,
          join(folder, filename),
        ],
        folder,
      );
    } catch (error) {
      if (!/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.test(String(error))) throw error;
      this.skip(); // the package registry cannot be reached from here
    }
    const home = join(folder, 'meine Städte');
    await mkdir(home);
    const bin = IS_WINDOWS
      ? {program: process.execPath, first: [join(prefix, 'node_modules', 'cosmos-runs', 'bin', 'run.js')]}
      : {program: join(prefix, 'bin', 'cosmos'), first: []};
    const cosmos = (...args: string[]) => execute(bin.program, [...bin.first, ...args], {cwd: home});
    await cosmos('init');
    assert.match((await cosmos('run', CITY, '--prompt', 'Nebel über der Straße')).stdout, /completed/);
    const report = JSON.parse((await cosmos('verify', '--deep', '--json')).stdout) as {
      isSound: boolean;
      blobs: number;
    };
    assert.equal(report.isSound, true);
    assert.ok(report.blobs >= 10);
    assert.match((await cosmos('help')).stdout, /gc/);
  });
});
