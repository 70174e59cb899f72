import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import SftpClient from 'ssh2-sftp-client';
import {readAll} from '../../../../src/cas/verified-read.ts';
import {hasSshd} from '../../../support/sshd.ts';
import {closeTransfers, startTransfers, type TransferBench} from './transfer-bench.ts';

describe('the SSH transport beside another client', function () {
  this.timeout(30_000);
  const client = new SftpClient();
  let bench: TransferBench;

  before(async function () {
    if (!hasSshd()) this.skip();
    bench = await startTransfers();
    const {port, user, userKey} = bench.sshd;
    await client.connect({host: '127.0.0.1', port, username: user, privateKey: await readFile(userKey)});
  });

  after(async () => {
    await client.end();
    await closeTransfers();
  });

  it('writes what the other client reads', async () => {
    const bytes = randomBytes(300_000);
    const path = join(bench.root, 'jobs', 'one', 'job.json');
    await bench.transport.writeFile(path, bytes);
    assert.ok(bytes.equals((await client.get(path)) as Buffer));
    assert.deepEqual((await client.list(join(bench.root, 'jobs', 'one'))).map(({name}) => name).sort(), [
      'inputs',
      'job.json',
    ]);
  });

  it('reads what the other client has written', async () => {
    const bytes = randomBytes(3_000_000);
    const path = join(bench.root, 'theirs');
    await client.put(bytes, path);
    assert.ok(bytes.equals(await readAll(bench.transport.stream(path))));
    assert.equal(await bench.transport.sizeOf(path), bytes.length);
  });

  it('places blobs that the other client reads', async () => {
    const source = join(bench.root, 'source');
    await writeFile(source, randomBytes(700_000));
    const lease = await bench.workspace.leases.acquire('testing');
    const bytes = await readFile(source);
    const blob = await bench.workspace.store.push(bytes, {mediaType: 'video/mp4', lease});
    const path = join(bench.root, 'jobs', 'one', 'inputs', 'color.mp4');
    await bench.transport.placeBlob(blob, path);
    assert.ok(bytes.equals((await client.get(path)) as Buffer));
    await lease.release();
  });
});
