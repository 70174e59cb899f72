import assert from 'node:assert/strict';
import {
  chmod,
  cp,
  link,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {Readable} from 'node:stream';
import {Worker} from 'node:worker_threads';
import {crc32} from 'node:zlib';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {keepLeaves} from '../../src/cas/leaves/leaves.ts';
import {leavesPath} from '../../src/cas/local/paths.ts';
import {listQuarantine} from '../../src/cas/local/quarantine.ts';
import {makeBatch} from '../../src/cas/trash/batches.ts';
import {trashBlobs} from '../../src/cas/trash/trash.ts';
import {CosmosError} from '../../src/errors.ts';
import {LEAF_BYTES} from '../../src/platform/leaf-sums.ts';
import type {RunFile} from '../../src/manifest/types.gen.ts';
import {folderReplica} from '../../src/workspace/repair/folder-replica.ts';
import {repairBlobs, type RepairReport} from '../../src/workspace/repair/repair.ts';
import {listReplicas} from '../../src/workspace/repair/replicas.ts';
import type {Replica} from '../../src/workspace/repair/replica.ts';
import {verify} from '../../src/workspace/verify/verify.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {flipOneBit, pathOfBlob, readText, removeBlob} from '../support/blobs.ts';
import {makeRef, makeRun, runId} from '../support/documents.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {closeWorkspaces, newWorkspace, putRef, putText} from '../support/workspace.ts';

const RUN = runId(1);
const OUTPUT = 'what the model made';

describe('a repair', () => {
  let workspace: Workspace;
  let output: RunFile;
  let input: RunFile;
  let log: Descriptor;
  let view = '';

  beforeEach(async () => {
    workspace = await newWorkspace();
    const file = async (name: string, text: string, role: string): Promise<RunFile> => ({
      ...(await putText(workspace, text)),
      name,
      role,
    });
    output = await file('frames/output.txt', OUTPUT, 'extra');
    input = await file('color.txt', 'a colour pass', 'color');
    log = await putText(workspace, 'what it printed');
    const files = {inputs: [input], outputs: [output], log};
    await workspace.documents.create('runs', makeRun(RUN, {status: 'completed', kind: 'custom', ...files}));
    view = join(workspace.outputs, `run_${RUN}`);
    await mkdir(join(view, 'frames'), {recursive: true});
    await writeFile(join(view, 'frames', 'output.txt'), OUTPUT);
  });
  after(closeWorkspaces);

  const repair = async (blobs: readonly Descriptor[], ...from: string[]): Promise<RepairReport> => {
    const replicas = await listReplicas(workspace, {from, folder: workspace.root, targets: undefined});
    return repairBlobs(
      workspace,
      blobs.map(({digest}) => digest),
      {replicas},
    );
  };
  const sources = ({repaired}: RepairReport): string[] => repaired.map(({from}) => from);
  const assertSound = async (): Promise<void> => {
    const options = {isDeep: true, workers: 1, isStrict: false};
    assert.deepEqual((await verify(workspace, options)).damage, []);
  };

  /** Five leaves. */
  async function putLarge(): Promise<{right: Buffer; large: Descriptor}> {
    const right = Buffer.alloc(5 * LEAF_BYTES, 'large ');
    const large = await workspace.store.push(Readable.from([right]), {mediaType: 'application/octet-stream'});
    await workspace.documents.create('refs', makeRef('large', [large]));
    return {right, large};
  }

  async function overwrite(blob: Descriptor, position: number): Promise<void> {
    await chmod(pathOfBlob(workspace, blob), 0o644);
    const file = await open(pathOfBlob(workspace, blob), 'r+');
    await file.write(Buffer.from([255]), 0, 1, position);
    await file.close();
  }

  it('takes from a view what is damaged or missing, and keeps the damaged bytes', async () => {
    await flipOneBit(workspace, output);
    const damaged = await readFile(pathOfBlob(workspace, output));
    assert.deepEqual(sources(await repair([output])), [join(view, 'frames', 'output.txt')]);
    assert.equal(await readText(workspace, output), OUTPUT);
    const {quarantine} = workspace.store.context.paths;
    const [kept = ''] = await listQuarantine(workspace.store.context);
    assert.deepEqual(await readFile(join(quarantine, kept)), damaged);
    assert.match(await readFile(join(quarantine, `${kept}.json`), 'utf8'), /found damaged/);
    await removeBlob(workspace, output);
    assert.equal((await repair([output])).repaired.length, 1);
    await assertSound();
    const {ledger} = workspace.store.context.tables;
    assert.equal(ledger.get(output.digest)?.result, 'good', 'read once more');
  });

  it('leaves what is right as it is', async () => {
    const report = await repair([output, input]);
    assert.deepEqual(report, {sound: [output.digest, input.digest], repaired: [], lost: [], unasked: []});
    assert.deepEqual(await listQuarantine(workspace.store.context), []);
  });

  it('finds damage that a young proof says nothing of', async () => {
    await verify(workspace, {isDeep: true, workers: 1, isStrict: false});
    await flipOneBit(workspace, output);
    assert.equal((await repair([output])).repaired.length, 1);
    assert.equal(await readText(workspace, output), OUTPUT);
  });

  it('never leaves the name empty while it swaps', async () => {
    await flipOneBit(workspace, output);
    const misses = new SharedArrayBuffer(8);
    const [looks, empty] = [0, 1];
    const watcher = new Worker(
      `const {workerData: {path, misses}} = require('node:worker_threads');
       const {existsSync} = require('node:fs');
       const counts = new Int32Array(misses);
       for (;;) { Atomics.add(counts, 0, 1); if (!existsSync(path)) Atomics.add(counts, 1, 1); }`,
      {eval: true, workerData: {path: pathOfBlob(workspace, output), misses}},
    );
    const counts = new Int32Array(misses);
    while (Atomics.load(counts, looks) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal((await repair([output])).repaired.length, 1);
    await watcher.terminate();
    assert.equal(Atomics.load(counts, empty), 0, `of ${Atomics.load(counts, looks)} looks`);
  });

  it('puts bytes in the place of what is no file', async () => {
    for (const make of [
      (path: string) => mkdir(path),
      (path: string) => symlink(join(view, 'frames', 'output.txt'), path),
    ]) {
      await removeBlob(workspace, output);
      await make(pathOfBlob(workspace, output));
      assert.equal((await repair([output])).repaired.length, 1);
      await assertSound();
    }
  });

  it('takes no view of hard links for a replica', async () => {
    await rm(view, {recursive: true});
    await mkdir(join(view, 'frames'), {recursive: true});
    await link(pathOfBlob(workspace, output), join(view, 'frames', 'output.txt'));
    await flipOneBit(workspace, output);
    const {lost} = await repair([output]);
    assert.deepEqual(lost[0]?.wrong, [join(view, 'frames', 'output.txt')]);
  });

  it('brings back what lies in the trash', async () => {
    const batch = await makeBatch(workspace.store.context, 'test');
    await trashBlobs(workspace.store.context, batch, [output], () => true);
    await rm(view, {recursive: true});
    assert.deepEqual(sources(await repair([output])), ['the trash']);
    await assertSound();
  });

  it('looks in a copy of a workspace, of its storage or of its blobs', async () => {
    await rm(view, {recursive: true});
    const copy = join(await temporaryFolder('copy'), 'films');
    await cp(workspace.root, copy, {recursive: true});
    const folders = ['', 'storage', 'storage/blobs', 'storage/blobs/sha256'].map((part) => join(copy, part));
    for (const folder of folders) {
      await removeBlob(workspace, log);
      const [from = ''] = sources(await repair([log], folder));
      assert.ok(from.startsWith(join(copy, 'storage', 'blobs', 'sha256')), from);
    }
    await assertSound();
  });

  it('looks among any files, passes over wrong ones, and follows no link', async () => {
    const folder = await temporaryFolder('files');
    await mkdir(join(folder, 'deep', 'er'), {recursive: true});
    await writeFile(join(folder, 'a.txt'), 'a COLOUR pass');
    await writeFile(join(folder, 'longer.txt'), 'a colour pass and more');
    await symlink('/', join(folder, 'deep', 'loop'));
    await removeBlob(workspace, input);
    const {lost} = await repair([input], folder);
    assert.deepEqual(lost[0]?.wrong, [join(folder, 'a.txt')]);
    await writeFile(join(folder, 'deep', 'er', 'renamed.mov'), 'a colour pass');
    assert.deepEqual(sources(await repair([input], folder)), [join(folder, 'deep', 'er', 'renamed.mov')]);
    await assertSound();
  });

  it('fetches of a large blob what is damaged, and no more', async () => {
    const {right, large} = await putLarge();
    const copy = join(await temporaryFolder('copy'), 'large.bin');
    await writeFile(copy, right);
    for (const position of [LEAF_BYTES, right.length - 1]) await overwrite(large, position);
    const {repaired} = await repair([large], dirname(copy));
    assert.deepEqual(
      repaired.map(({fetchedBytes, from}) => [fetchedBytes, from]),
      [[2 * LEAF_BYTES, copy]],
    );
    await assertSound();
    await rename(pathOfBlob(workspace, large), copy);
    const [kept = ''] = await listQuarantine(workspace.store.context);
    assert.equal((await repair([large], dirname(copy))).repaired[0]?.fetchedBytes, 2 * LEAF_BYTES, kept);
    await assertSound();
  });

  it('takes all of a copy where the leaves are of other bytes', async () => {
    const {right, large} = await putLarge();
    const copy = join(await temporaryFolder('copy'), 'large.bin');
    await writeFile(copy, right);
    await overwrite(large, 7);
    const wrong = await readFile(pathOfBlob(workspace, large));
    const crcs = Array.from({length: 5}, (_, index) =>
      crc32(wrong.subarray(index * LEAF_BYTES, (index + 1) * LEAF_BYTES)),
    );
    await rm(leavesPath(workspace.store.context.paths, large.digest));
    await keepLeaves(workspace.store.context.paths, {...large, crc32: crcs});
    const {repaired, lost} = await repair([large], dirname(copy));
    assert.deepEqual([repaired[0]?.fetchedBytes, lost.length], [right.length, 0]);
    await assertSound();
  });

  it('takes nothing that is cut off or changes while it is read', async () => {
    const cut: Replica = {
      name: 'a replica that breaks off',
      async *listCopies() {
        const half = Buffer.from(OUTPUT.slice(0, 9));
        const readFrom = (): AsyncIterable<Uint8Array> => Readable.from([half]);
        yield await Promise.resolve({where: 'half', read: () => half, readFrom});
      },
    };
    await removeBlob(workspace, output);
    const {lost} = await repairBlobs(workspace, [output.digest], {replicas: [cut]});
    assert.deepEqual(lost[0]?.wrong, ['half']);
    assert.equal(await workspace.store.find(output.digest), undefined);
    assert.deepEqual(await readdir(workspace.store.context.paths.ingest), []);
  });

  it('goes on with the next replica when one cannot be asked, and says so', async () => {
    const away: Replica = {
      name: 'the box',
      async *listCopies() {
        yield await Promise.reject(new CosmosError('target.unreachable', 'box does not answer.'));
      },
    };
    const replicas = [away, ...(await listReplicas(workspace, {from: [], folder: '/', targets: undefined}))];
    await removeBlob(workspace, output);
    await removeBlob(workspace, input);
    const report = await repairBlobs(workspace, [output.digest, input.digest], {replicas});
    assert.deepEqual([report.repaired.length, report.lost.length], [1, 1]);
    assert.deepEqual(report.unasked, [{replica: 'the box', reason: 'box does not answer.'}]);
  });

  it('says who loses what, and how it is made again', async () => {
    await rm(view, {recursive: true});
    await putRef(workspace, 'plates', 'a colour pass');
    for (const blob of [output, input, log]) await removeBlob(workspace, blob);
    const advice = ({lost}: RepairReport): [string, string | null, string][] =>
      lost.flatMap(({files}) =>
        files.map(({kind, id, name, advice: text}): [string, string | null, string] => [
          `${kind}/${id}`,
          name,
          text,
        ]),
      );
    const found = advice(await repair([output, input, log]));
    assert.deepEqual(
      found.map(([document, name]) => [document, name]),
      [
        [`runs/${RUN}`, 'frames/output.txt'],
        ['refs/plates', 'file-0'],
        [`runs/${RUN}`, 'color.txt'],
        [`runs/${RUN}`, 'run.log'],
      ],
    );
    assert.match(
      found[0]?.[2] ?? '',
      new RegExp(`"cosmos rerun ${RUN} --verify" .*inputs are back: color\\.txt$`),
    );
    assert.match(found[2]?.[2] ?? '', /store it with "cosmos blob put FILE"/);
    assert.match(found[3]?.[2] ?? '', /cannot be made again/);
    await putText(workspace, 'a colour pass');
    assert.match(advice(await repair([output]))[0]?.[2] ?? '', /makes it again$/);
  });

  it('goes on where a document that names the blob is gone', async () => {
    await putRef(workspace, 'plates', OUTPUT);
    await rm(workspace.documents.pathOf('refs', 'plates'));
    await flipOneBit(workspace, output);
    assert.equal((await repair([output])).repaired.length, 1);
    await rm(view, {recursive: true});
    await flipOneBit(workspace, output);
    assert.deepEqual((await repair([output])).lost[0]?.files.map(({kind}) => kind).sort(), ['refs', 'runs']);
  });

  it('asks the quarantine, where right bytes that were read wrongly may be', async () => {
    await rm(view, {recursive: true});
    await flipOneBit(workspace, output);
    await verify(workspace, {isDeep: true, workers: 1, isStrict: false});
    const [name = ''] = await listQuarantine(workspace.store.context);
    const kept = join(workspace.store.context.paths.quarantine, name);
    const {lost} = await repair([output]);
    assert.deepEqual(lost[0]?.wrong, [], 'what is kept there is no copy that was tried');
    await chmod(kept, 0o600);
    await writeFile(kept, OUTPUT);
    assert.deepEqual(
      (await repair([output])).repaired.map(({from}) => from),
      [kept],
    );
    assert.equal(await readText(workspace, output), OUTPUT);
  });

  it('asks the trash, although something wrong stands in the place', async () => {
    await rm(view, {recursive: true});
    const batch = await makeBatch(workspace.store.context, 'test');
    await trashBlobs(workspace.store.context, batch, [output], () => true);
    await writeFile(pathOfBlob(workspace, output), 'cut off');
    const [repaired] = (await repair([output])).repaired;
    assert.match(repaired?.from ?? '', /trash/);
    assert.equal(await readText(workspace, output), OUTPUT);
  });

  it('is no help for an input that another run made: that run is', async () => {
    const other = makeRun(runId(2), {
      status: 'completed',
      kind: 'custom',
      inputs: [{...output, role: 'color'}],
    });
    await workspace.documents.create('runs', other);
    await rm(view, {recursive: true});
    await removeBlob(workspace, output);
    const [loss] = (await repair([output])).lost;
    const uses = loss?.files.find(({id}) => id === runId(2));
    assert.match(uses?.advice ?? '', new RegExp(`made by ${RUN}`));
  });

  it('stops where the store itself cannot be written', async () => {
    await removeBlob(workspace, output);
    const {ingest} = workspace.store.context.paths;
    await rename(ingest, `${ingest}.away`);
    await writeFile(ingest, '');
    await assert.rejects(repair([output]));
    await rm(ingest);
    await rename(`${ingest}.away`, ingest);
    assert.equal((await repair([output])).repaired.length, 1);
  });

  it('is part of a verify that is asked for it', async () => {
    await flipOneBit(workspace, output);
    await removeBlob(workspace, input);
    const replicas = await listReplicas(workspace, {from: [], folder: '/', targets: undefined});
    const report = await verify(workspace, {
      ...{isDeep: true, workers: 1, isStrict: false},
      repair: (digests) => repairBlobs(workspace, digests, {replicas}),
    });
    assert.deepEqual(
      report.damage.map(({code, digest}) => [code, digest]),
      [['blob.missing', input.digest]],
    );
    assert.deepEqual([report.isSound, report.coverage.blobs], [false, 2]);
    assert.deepEqual(
      report.repair?.repaired.map(({digest}) => digest),
      [output.digest],
    );
  });

  it('wants a folder that is there', async () => {
    await assert.rejects(folderReplica(join(workspace.root, 'nowhere')), {code: 'file.unreadable'});
  });
});
