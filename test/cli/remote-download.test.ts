import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {hashBytes} from '../../src/cas/digest.ts';
import {makeCliWorkspace, REPOSITORY} from '../support/cli.ts';
import {useSshd} from '../support/remote.ts';
import {temporaryFolder} from '../support/temporary.ts';

const PROGRAM = join(REPOSITORY, 'test', 'programs', 'download.mjs');
const BYTES = Buffer.alloc(128 << 20, 'what a model has made; ');

describe('a client that brings a large file', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  it('collects its garbage rarely, in little memory', async () => {
    const {port, user, userKey, knownHostsFile} = sshd();
    const path = join(await temporaryFolder('outputs'), 'large.mp4');
    await writeFile(path, BYTES);
    const file = [path, hashBytes(BYTES), String(BYTES.length)];
    const words = [await makeCliWorkspace(), ...file, String(port), user, userKey, knownHostsFile];
    const told = execFileSync(process.execPath, ['--trace-gc', PROGRAM, ...words], {encoding: 'utf8'});
    const {digest, peakMegabytes} = JSON.parse(
      told.split('\n').find((line) => line.startsWith('{')) ?? '',
    ) as {
      digest: string;
      peakMegabytes: number;
    };
    assert.equal(digest, hashBytes(BYTES));
    assert.ok(peakMegabytes < 250, `${peakMegabytes} MB`);
    // One for each 8 MiB without a word to the collector.
    const collections = told.split('\n').filter((line) => line.includes('Mark-Compact')).length;
    assert.ok(collections <= 8, `${collections} collections`);
  });
});
