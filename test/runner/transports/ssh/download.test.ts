import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {appendFile, symlink, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {hashBytes} from '../../../../src/cas/digest.ts';
import {ReadWindow} from '../../../../src/runner/transports/ssh/download-window.ts';
import {download} from '../../../../src/runner/transports/ssh/download.ts';
import {open} from '../../../../src/runner/transports/ssh/sftp-calls.ts';
import {hasSshd} from '../../../support/sshd.ts';
import {
  BARE_SERVER,
  drain,
  failsWith,
  closeTransfers,
  startTransfers,
  writeRandom,
  type TransferBench,
} from './transfer-bench.ts';

const MIB = 1 << 20;

describe('download', function () {
  this.timeout(60_000);
  let bench: TransferBench;

  before(async function () {
    if (!hasSshd()) this.skip();
    bench = await startTransfers({roundTripMs: 90});
  });

  beforeEach(() => {
    bench.proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
  });

  after(closeTransfers);

  const fileOf = async (name: string, sizeBytes: number): Promise<{path: string; bytes: Buffer}> => {
    const path = join(bench.root, name);
    return {path, bytes: await writeRandom(path, sizeBytes)};
  };

  it('brings large files home over eight lanes', async () => {
    const {path, bytes} = await fileOf('large', 40 * MIB + 12_345);
    const blob = await bench.workspace.store.push(bench.transport.stream(path), {mediaType: 'video/mp4'});
    assert.deepEqual(blob, {mediaType: 'video/mp4', digest: hashBytes(bytes), size: bytes.length});
    assert.equal(bench.session.connectionsMade, 4);
  });

  it('begins at the offset that was asked for', async () => {
    const {path, bytes} = await fileOf('offset', 3 * MIB);
    assert.deepEqual(await drain(bench.transport.stream(path, 2 * MIB - 7)), bytes.subarray(2 * MIB - 7));
    assert.equal((await drain(bench.transport.stream(path, 3 * MIB))).length, 0);
    assert.equal((await drain(bench.transport.stream(path, 4 * MIB))).length, 0);
  });

  it('reads an empty file to its end', async () => {
    const {path} = await fileOf('empty', 0);
    assert.equal((await drain(bench.transport.stream(path))).length, 0);
  });

  it('goes on after each cut of the line', async () => {
    const {path, bytes} = await fileOf('cut', 48 * MIB);
    let cuts = 0;
    const made = bench.session.connectionsMade;
    const got = await drain(bench.transport.stream(path), (total) => {
      if (total < 10 * MIB * (cuts + 1) || cuts === 3) return;
      cuts += 1;
      bench.proxy.cut();
    });
    assert.equal(cuts, 3);
    assert.equal(hashBytes(got), hashBytes(bytes));
    assert.ok(bench.session.connectionsMade > made);
  });

  it('goes on when the server kills its processes', async () => {
    const {path, bytes} = await fileOf('killed', 32 * MIB);
    let isKilled = false;
    const got = await drain(bench.transport.stream(path), () => {
      if (!isKilled) bench.sshd.killConnections();
      isKilled = true;
    });
    assert.equal(hashBytes(got), hashBytes(bytes));
  });

  it('gives up when nothing answers any more', async () => {
    const {path} = await fileOf('gone', 32 * MIB);
    const reading = drain(bench.transport.stream(path), async () => bench.sshd.stop());
    try {
      await assert.rejects(reading, failsWith('target.unreachable'));
    } finally {
      await bench.sshd.restart();
    }
  });

  it('calls a silent server unreachable after a while', async () => {
    const {path} = await fileOf('silent', 32 * MIB);
    const sftp = await bench.session.sftp();
    const handle = await open(sftp, path, 'r');
    const options = {budget: {spareBlocks: 4}, stallMs: 300};
    const window = new ReadWindow([{sftp, handle}], {path, start: 0, end: 32 * MIB}, options);
    const reading = drain(window.chunks(), () => bench.proxy.stall());
    try {
      await assert.rejects(reading, failsWith('target.unreachable', /No byte .* 0\.3 s/));
    } finally {
      bench.proxy.resume();
      bench.proxy.cut();
    }
  });

  it('says that a file shrank while read', async () => {
    const {path} = await fileOf('shrinks', 32 * MIB);
    bench.proxy.bytesPerSecond = 100e6;
    const reading = drain(bench.transport.stream(path), () => truncate(path, 2 * MIB));
    await assert.rejects(reading, failsWith('target.failed', /changed while it was read/));
  });

  it('reads a growing log up to its size', async () => {
    const {path, bytes} = await fileOf('log', 2 * MIB);
    const got = await drain(bench.transport.stream(path), () => appendFile(path, 'more'));
    assert.deepEqual(got, bytes);
  });

  it('refuses a file that outgrows its announced size', async () => {
    const {path} = await fileOf('grows', 4 * MIB);
    const file = {path, size: 4 * MIB};
    const reading = drain(bench.transport.streamExactly(file), () => appendFile(path, 'more'));
    await assert.rejects(reading, failsWith('target.failed', /changed while it was read/));
    await assert.rejects(
      drain(bench.transport.streamExactly(file)),
      failsWith('target.failed', /instead of/),
    );
  });

  it('opens no link, pipe, folder or missing file', async () => {
    const at = (name: string): string => join(bench.root, name);
    await symlink('/etc/hostname', at('link'));
    execFileSync('mkfifo', [at('pipe')]);
    for (const path of [at('link'), at('pipe'), bench.root])
      await assert.rejects(
        drain(bench.transport.stream(path)),
        failsWith('target.failed', /not a regular file/),
      );
    await assert.rejects(
      drain(bench.transport.stream(at('none'))),
      failsWith('target.failed', /no such file/),
    );
  });

  it('stops at the signal', async () => {
    const {path} = await fileOf('aborted', 32 * MIB);
    const controller = new AbortController();
    const reading = drain(bench.transport.stream(path, 0, controller.signal), () =>
      controller.abort(new Error('enough')),
    );
    await assert.rejects(reading, /enough/);
  });

  it('gives its share of memory back after failures', async () => {
    const {path, bytes} = await fileOf('shared', 24 * MIB);
    const context = {session: bench.session, budget: {spareBlocks: 8}};
    const failing = drain(download(context, path), () => Promise.reject(new Error('full')));
    await assert.rejects(failing, /full/);
    const both = await Promise.all([drain(download(context, path)), drain(download(context, path))]);
    for (const got of both) assert.equal(hashBytes(got), hashBytes(bytes));
    assert.equal(context.budget.spareBlocks, 8);
  });

  it('needs no extension of the server', async () => {
    const bare = await startTransfers({config: BARE_SERVER});
    try {
      const path = join(bare.root, 'bare');
      const bytes = await writeRandom(path, 5 * MIB);
      assert.equal(hashBytes(await drain(bare.transport.stream(path))), hashBytes(bytes));
      await writeFile(path, 'small');
      assert.equal(Buffer.from((await bare.transport.readFile(path)) ?? []).toString(), 'small');
    } finally {
      await bare.close();
    }
  });
});
