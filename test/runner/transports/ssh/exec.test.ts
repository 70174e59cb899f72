import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import type {Sshd} from '../../../support/sshd.ts';
import {hasSshd, startSshd} from '../../../support/sshd.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import {closeSessions, sessionWith} from './ssh-bench.ts';

describe('exec', () => {
  let sshd: Sshd;

  before(async function () {
    if (!hasSshd()) this.skip();
    sshd = await startSshd();
  });
  afterEach(closeSessions);
  after(async () => {
    if (hasSshd()) await sshd.stop();
  });

  it('hands over words as they are', async () => {
    const words = ["it's", '', '$HOME', '*', 'a\nb', '`id`', '"', '\\', 'é', '-n'];
    const {stdout, code} = await sessionWith(sshd).exec(['printf', '%s|', ...words]);
    assert.equal(stdout, `${words.join('|')}|`);
    assert.equal(code, 0);
  });

  it('tells exit codes and signals apart', async () => {
    const session = sessionWith(sshd);
    const end = async (script: string): Promise<unknown[]> => {
      const {code, signal} = await session.exec(['sh', '-c', script]);
      return [code, signal];
    };
    assert.deepEqual(await end('exit 7'), [7, null]);
    assert.deepEqual(await end('kill -KILL $$'), [null, 'SIGKILL']);
    assert.equal((await session.exec(['no-such-program'])).code, 127);
  });

  it('keeps the outputs apart and whole', async () => {
    const {stdout, stderr} = await sessionWith(sshd).exec([
      'sh',
      '-c',
      'echo out; echo err >&2; head -c 3000000 /dev/zero | tr "\\0" x',
    ]);
    assert.equal(stdout, `out\n${'x'.repeat(3_000_000)}`);
    assert.equal(stderr, 'err\n');
  });

  it('sends its input and closes it', async () => {
    const session = sessionWith(sshd);
    const stdin = Buffer.alloc(5_000_000, 'abc');
    assert.equal((await session.exec(['wc', '-c'], {stdin})).stdout.trim(), '5000000');
    assert.equal((await session.exec(['cat'])).stdout, '');
    assert.equal((await session.exec(['true'], {stdin})).code, 0);
  });

  it('strips what the login shell prints', async () => {
    const home = await temporaryFolder('noisy');
    await writeFile(join(home, '.bashrc'), 'echo welcome; printf "no newline"; echo warning >&2; set -x\n');
    const noisy = await startSshd({environment: {HOME: home}});
    try {
      const {stdout, stderr} = await sessionWith(noisy).exec(['sh', '-c', 'echo out; echo err >&2']);
      assert.deepEqual([stdout, stderr], ['out\n', 'err\n']);
    } finally {
      await closeSessions();
      await noisy.stop();
    }
  });

  it('says that something else ran instead', async () => {
    const forced = await startSshd({config: ['ForceCommand echo go away']});
    try {
      await assert.rejects(sessionWith(forced).exec(['true']), (error: Error & {code: string}) => {
        assert.equal(error.code, 'target.failed');
        assert.match(error.message, /go away/);
        return true;
      });
    } finally {
      await closeSessions();
      await forced.stop();
    }
  });

  it('ends a program that prints without end', async () => {
    const session = sessionWith(sshd);
    await assert.rejects(session.exec(['yes']), {code: 'target.failed', message: /printed too much/});
    assert.equal((await session.exec(['echo', 'on'])).stdout, 'on\n');
  });

  it('gives a program up after its time', async () => {
    const session = sessionWith(sshd);
    await session.exec(['true']);
    const started = performance.now();
    await assert.rejects(session.exec(['sleep', '30'], {timeoutMs: 200}), {
      code: 'target.failed',
      message: /did not end within 0.2 s/,
    });
    assert.ok(performance.now() - started < 3000);
  });

  it('stops when its signal aborts', async () => {
    const session = sessionWith(sshd);
    const folder = join(await temporaryFolder('abort'), 'made');
    const controller = new AbortController();
    const reason = new Error('enough');
    const running = session.exec(['sh', '-c', `mkdir ${folder}; cat; sleep 30`], {signal: controller.signal});
    setTimeout(() => controller.abort(reason), 300);
    await assert.rejects(running, reason);
    await assert.rejects(session.exec(['true'], {signal: controller.signal}), reason);
    assert.equal((await session.exec(['true'])).code, 0);
  });

  it('runs many programs at the same time', async () => {
    const session = sessionWith(sshd);
    const results = await Promise.all(
      Array.from({length: 30}, (_, index) => session.exec(['sh', '-c', `sleep 0.1; echo ${index}`])),
    );
    assert.deepEqual(
      results.map(({stdout}) => stdout),
      results.map((_, index) => `${index}\n`),
    );
  });

  it('finds another connection when sessions run out', async function () {
    this.timeout(30_000);
    const narrow = await startSshd({config: ['MaxSessions 1']});
    try {
      const session = sessionWith(narrow);
      const sftp = await session.sftp();
      const lanes = await session.lanes(2, 2);
      assert.ok(lanes.length >= 1 && lanes.length < 4, `${lanes.length} lanes`);
      const results = await Promise.all(
        [1, 2, 3].map((n) => session.exec(['sh', '-c', `sleep 0.2; echo ${n}`])),
      );
      assert.deepEqual(
        results.map(({stdout}) => stdout),
        ['1\n', '2\n', '3\n'],
      );
      await mkdir(join(narrow.home, 'made'));
      const names = await new Promise<string[]>((resolve, reject) => {
        sftp.readdir(narrow.home, (error, list) => {
          if (error) reject(error);
          else resolve(list.map(({filename}) => filename));
        });
      });
      assert.deepEqual(names, ['made']);
    } finally {
      await closeSessions();
      await narrow.stop();
    }
  });

  it('does not end the others with one that fails', async () => {
    const session = sessionWith(sshd);
    const steady = session.exec(['sh', '-c', 'sleep 0.5; echo done']);
    await pause(100);
    await assert.rejects(session.exec(['sleep', '9'], {timeoutMs: 50}));
    assert.equal((await steady).stdout, 'done\n');
  });
});
