import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {existsSync} from 'node:fs';
import {appendFile, chmod, lstat, mkdir, open, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Descriptor} from '../../../../src/cas/descriptor.ts';
import {hexOf} from '../../../../src/cas/digest.ts';
import {UPLOAD_WINDOW_BYTES} from '../../../../src/runner/transports/ssh/upload-window.ts';
import type {Workspace} from '../../../../src/workspace/workspace.ts';
import {flipOneBit} from '../../../support/blobs.ts';
import {mountSmallDisk} from '../../../support/disks.ts';
import {hasSshd} from '../../../support/sshd.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import {newWorkspace} from '../../../support/workspace.ts';
import {
  BARE_SERVER,
  failsWith,
  closeTransfers,
  startTransfers,
  type TransferBench,
} from './transfer-bench.ts';

const MIB = 1 << 20;
const SFTP_SERVER = '/usr/lib/openssh/sftp-server';

describe('placeBlob', function () {
  this.timeout(60_000);
  let bench: TransferBench;
  let jobs = 0;

  before(async function () {
    if (!hasSshd()) this.skip();
    bench = await startTransfers({roundTripMs: 40});
  });

  after(closeTransfers);

  const blobOf = (workspace: Workspace, bytes: Uint8Array): Promise<Descriptor> =>
    workspace.store.push(bytes, {mediaType: 'video/mp4'});
  const newPlace = async (root = bench.root): Promise<string> => {
    const inputs = join(root, 'jobs', `job${jobs++}`, 'inputs');
    await mkdir(inputs, {recursive: true});
    return join(inputs, 'vis.mp4');
  };
  const partsOf = async (root: string): Promise<string[]> =>
    (await readdir(join(root, 'blobs'))).filter((name) => name.endsWith('.part'));

  it('sends once and links for every job', async () => {
    const bytes = randomBytes(9 * MIB + 5);
    const blob = await blobOf(bench.workspace, bytes);
    const first = await newPlace();
    await bench.transport.placeBlob(blob, first);
    assert.deepEqual(await readFile(first), bytes);
    const cached = await lstat(join(bench.root, 'blobs', hexOf(blob.digest)));
    assert.deepEqual([cached.nlink, cached.mode & 0o777], [2, 0o444]);
    assert.equal(bench.transport.sent.blobBytes, bytes.length);
    const second = bench.join(bench.workspace);
    const place = await newPlace();
    for (let round = 0; round < 2; round += 1) await second.transport.placeBlob(blob, place);
    assert.equal(second.transport.sent.blobBytes, 0);
    assert.equal((await lstat(place)).ino, cached.ino);
    assert.deepEqual(await partsOf(bench.root), []);
  });

  it('places an empty blob', async () => {
    const place = await newPlace();
    await bench.transport.placeBlob(await blobOf(bench.workspace, Buffer.alloc(0)), place);
    assert.equal((await lstat(place)).size, 0);
  });

  it('replaces a file of another size', async () => {
    const place = await newPlace();
    await writeFile(place, 'torn');
    await bench.transport.placeBlob(await blobOf(bench.workspace, Buffer.from('whole')), place);
    assert.equal(await readFile(place, 'utf8'), 'whole');
  });

  it('copies where the server cannot link', async () => {
    const bare = await startTransfers({config: BARE_SERVER});
    try {
      const bytes = randomBytes(2 * MIB);
      const place = await newPlace(bare.root);
      await bare.transport.placeBlob(await blobOf(bare.workspace, bytes), place);
      assert.deepEqual(await readFile(place), bytes);
      assert.equal((await lstat(place)).nlink, 1);
      assert.deepEqual(await readdir(join(place, '..')), ['vis.mp4']);
    } finally {
      await bare.close();
    }
  });

  it('goes on where a cut upload was', async () => {
    const bytes = randomBytes(64 * MIB);
    const {transport} = bench.join(bench.workspace);
    bench.proxy.cutAfterBytes(40 * MIB);
    const place = await newPlace();
    await transport.placeBlob(await blobOf(bench.workspace, bytes), place);
    assert.ok((await readFile(place)).equals(bytes));
    assert.ok(transport.sent.blobBytes <= bytes.length + UPLOAD_WINDOW_BYTES);
  });

  it('goes on in a client that starts later', async () => {
    const bytes = randomBytes(40 * MIB);
    const blob = await blobOf(bench.workspace, bytes);
    const dead = bench.join(bench.workspace);
    bench.proxy.bytesPerSecond = 60e6;
    const killed = dead.transport.placeBlob(blob, await newPlace()).catch(() => undefined);
    await findFirstPart(join(bench.root, 'blobs'), 30 * MIB);
    await dead.session.close();
    bench.proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
    await killed;
    const {transport} = bench.join(bench.workspace);
    const place = await newPlace();
    await transport.placeBlob(blob, place);
    assert.ok((await readFile(place)).equals(bytes));
    assert.ok(transport.sent.blobBytes < bytes.length - 10 * MIB, `${transport.sent.blobBytes}`);
  });

  it('syncs and hashes before it gives the name', async function () {
    if (!existsSync(SFTP_SERVER)) this.skip();
    const log = join(await temporaryFolder('sftp'), 'log');
    const talking = await startTransfers({config: `Subsystem sftp ${SFTP_SERVER} -e -l VERBOSE 2>>${log}`});
    const {session, transport} = talking.join(talking.workspace);
    const exec = session.exec.bind(session);
    session.exec = async (argv, options) => {
      await appendFile(log, `${argv[0]} "${argv[1]}"\n`);
      return exec(argv, options);
    };
    const blob = await blobOf(talking.workspace, randomBytes(MIB));
    const places = [await newPlace(talking.root), await newPlace(talking.root)];
    for (const place of places) await transport.placeBlob(blob, place);
    await talking.close();
    const said = (await readFile(log, 'utf8')).matchAll(
      /^(sha256sum|fsync|posix-rename|hardlink)\b.*?([^/]+)"$/gm,
    );
    const acts = Array.from(
      said,
      ([, verb, name = '']) => `${verb} ${name.replace(hexOf(blob.digest), 'BLOB')}`,
    );
    assert.match(
      acts.join(', '),
      /^fsync \.BLOB\.\w+\.part, sha256sum \.BLOB\.\w+\.part, posix-rename BLOB, fsync blobs, hardlink vis\.mp4, hardlink vis\.mp4$/,
    );
  });

  it('sends anew what an earlier try damaged', async () => {
    const bytes = randomBytes(24 * MIB);
    const blob = await blobOf(bench.workspace, bytes);
    const {transport} = bench.join(bench.workspace);
    bench.proxy.bytesPerSecond = 40e6;
    const killed = transport.placeBlob(blob, await newPlace()).catch(() => undefined);
    const part = await findFirstPart(join(bench.root, 'blobs'), 20 * MIB);
    await damageFirstByte(part);
    bench.proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
    bench.proxy.cut();
    await killed;
    const place = await newPlace();
    await transport.placeBlob(blob, place);
    assert.ok((await readFile(place)).equals(bytes));
    assert.ok(transport.sent.blobBytes > bytes.length, `${part} was not sent again`);
  });

  it('lets two clients send the same blob', async () => {
    const bytes = randomBytes(12 * MIB);
    const other = await newWorkspace();
    const blob = await blobOf(bench.workspace, bytes);
    await blobOf(other, bytes);
    const clients = [bench.workspace, bench.workspace, other].map(
      (workspace) => bench.join(workspace).transport,
    );
    const places = await Promise.all(
      clients.map(async (transport) => {
        const place = await newPlace();
        await transport.placeBlob(blob, place);
        return place;
      }),
    );
    for (const place of places) assert.ok((await readFile(place)).equals(bytes));
    assert.deepEqual(await partsOf(bench.root), []);
  });

  it('sends no blob that is damaged here', async () => {
    const blob = await blobOf(bench.workspace, randomBytes(3 * MIB));
    await flipOneBit(bench.workspace, blob);
    const place = await newPlace();
    await assert.rejects(bench.transport.placeBlob(blob, place), failsWith('blob.damaged'));
    await assert.rejects(lstat(place), /ENOENT/);
    await assert.rejects(lstat(join(bench.root, 'blobs', hexOf(blob.digest))), /ENOENT/);
  });

  it('removes what arrived with a wrong digest', async () => {
    const bin = join(bench.sshd.home, 'sha256sum');
    const blob = await blobOf(bench.workspace, randomBytes(MIB));
    const {session, transport} = bench.join(bench.workspace);
    await writeFile(bin, `#!/bin/sh\necho "${'0'.repeat(64)}  $1"\n`);
    await chmod(bin, 0o755);
    const exec = session.exec.bind(session);
    session.exec = (argv, options) => exec(argv[0] === 'sha256sum' ? [bin, ...argv.slice(1)] : argv, options);
    const place = await newPlace();
    await assert.rejects(transport.placeBlob(blob, place), failsWith('blob.mismatch', /hashes to 0000/));
    assert.deepEqual(await partsOf(bench.root), []);
    await assert.rejects(lstat(place), /ENOENT/);
  });

  it('says so when the disk is full', async function () {
    const disk = await mountSmallDisk('4m');
    if (!disk) this.skip();
    try {
      await mkdir(join(disk.folder, 'blobs'));
      const place = await newPlace(disk.folder);
      const blob = await blobOf(bench.workspace, randomBytes(6 * MIB));
      await assert.rejects(bench.transport.placeBlob(blob, place), failsWith('target.full', /No space left/));
      await assert.rejects(lstat(place), /ENOENT/);
    } finally {
      disk.unmount();
    }
  });
});

/** Waits until a part has that many bytes. @returns its path */
async function findFirstPart(folder: string, sizeBytes: number): Promise<string> {
  for (;;) {
    const name = (await readdir(folder)).find((entry) => entry.endsWith('.part'));
    const path = join(folder, name ?? '');
    if (name !== undefined && (await lstat(path)).size >= sizeBytes) return path;
    await sleep(5);
  }
}

async function damageFirstByte(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  const {buffer} = await handle.read(Buffer.alloc(1), 0, 1, 0);
  await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, 0);
  await handle.close();
}
