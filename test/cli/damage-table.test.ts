/** docs/damage.md: such damage is done to copies of a workspace, and what is said of it compared with the tables there. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {
  appendFile,
  chmod,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {listQuarantine} from '../../src/cas/local/quarantine.ts';
import {CosmosError} from '../../src/errors.ts';
import {folderReplica} from '../../src/workspace/repair/folder-replica.ts';
import {repairBlobs} from '../../src/workspace/repair/repair.ts';
import type {VerifyReport} from '../../src/workspace/verify/report.ts';
import {verify} from '../../src/workspace/verify/verify.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {readText} from '../support/blobs.ts';
import {cosmos, REPOSITORY} from '../support/cli.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {
  closeWorkspace,
  closeWorkspaces,
  newWorkspace,
  newWorkspaceFolder,
  putRef,
} from '../support/workspace.ts';
import {blobFile, copyWorkspace, flipByte} from '../support/workspaces.ts';

const [TEXT, OTHER] = ['a'.repeat(10_000), 'b'.repeat(10_000)];

/** What is damaged: the files of two blobs, each named by a ref. */
interface Victim {
  root: string;
  file: string;
  shard: string;
  other: string;
}

type Damage = (victim: Victim) => Promise<unknown>;

async function overwrite(file: string, {at, bytes}: {at: number; bytes: Buffer}): Promise<void> {
  await chmod(file, 0o644);
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

async function cut(file: string, size: number): Promise<void> {
  await chmod(file, 0o644);
  await truncate(file, size);
}

async function replaceBy(file: string, make: (path: string) => Promise<unknown>): Promise<void> {
  await rm(file, {recursive: true});
  await make(file);
}

const makePipe = (path: string): Promise<unknown> => Promise.resolve(execFileSync('mkfifo', [path]));

async function moveBehindLink(path: string): Promise<void> {
  const elsewhere = join(await temporaryFolder('elsewhere'), 'moved');
  await rename(path, elsewhere);
  await symlink(elsewhere, path);
}

const OF_BLOBS: Record<string, Damage> = {
  'one bit is flipped': ({file}) => flipByte(file, 5000),
  'a page of it is zeros': ({file}) => overwrite(file, {at: 4096, bytes: Buffer.alloc(4096)}),
  'it is cut short': ({file}) => cut(file, 9999),
  'it is empty': ({file}) => cut(file, 0),
  'bytes were appended': async ({file}) => {
    await chmod(file, 0o644);
    await appendFile(file, 'more');
  },
  'two blobs are swapped': async ({file, other}) => {
    await rename(file, `${file}.aside`);
    await rename(other, file);
    await rename(`${file}.aside`, other);
  },
  'it is gone': ({file}) => rm(file),
  'the folder that it is in is gone': ({shard}) => rm(shard, {recursive: true}),
  'a file is in the place of that folder': ({shard}) => replaceBy(shard, (path) => writeFile(path, '')),
  'that folder is a link to a folder': ({shard}) => moveBehindLink(shard),
  'a link to the right bytes is in its place': ({file}) => moveBehindLink(file),
  'a link to nowhere is in its place': ({file}) => replaceBy(file, (path) => symlink('/nonexistent', path)),
  'a folder is in its place': ({file}) => replaceBy(file, (path) => mkdir(path)),
  'a named pipe is in its place': ({file}) => replaceBy(file, makePipe),
  'its mode lets everybody write': ({file}) => chmod(file, 0o666),
};

const CATALOG = join('storage', 'catalog');
const DATA = join(CATALOG, 'data.mdb');
const MANIFEST = join('manifests', 'refs', 'hero.json');

const OF_ALL_ELSE: Record<string, Damage> = {
  'a strange file in `storage/`': ({root}) => writeFile(join(root, 'storage', 'strange'), ''),
  'a strange file in `storage/blobs/`': ({root}) =>
    writeFile(join(root, 'storage', 'blobs', 'sha256', 'strange'), ''),
  'an unfinished write in `storage/ingest/`': ({root}) =>
    writeFile(join(root, 'storage', 'ingest', '1-2-3.part'), ''),
  'a manifest is empty': ({root}) => truncate(join(root, MANIFEST), 0),
  'a manifest is torn': ({root}) => truncate(join(root, MANIFEST), 50),
  'a named pipe is in the place of a manifest': ({root}) => replaceBy(join(root, MANIFEST), makePipe),
  'a link to nowhere is in the place of a manifest': ({root}) =>
    replaceBy(join(root, MANIFEST), (path) => symlink(join(root, 'nowhere'), path)),
  'a manifest is gone': ({root}) => rm(join(root, MANIFEST)),
  'the last line of the journal is torn': async ({root}) => {
    const folder = join(root, 'storage', 'journal');
    for (const name of await readdir(folder)) await appendFile(join(folder, name), '{"at":"2026-');
  },
  'the catalog is gone': ({root}) => rm(join(root, CATALOG), {recursive: true}),
  'the catalog is cut short': async ({root}) =>
    truncate(join(root, DATA), (await stat(join(root, DATA))).size / 2),
  'the catalog is random bytes': ({root}) => writeFile(join(root, DATA), randomBytes(50_000)),
  'the first page of a table of the catalog is zeros': async ({root}) => {
    const bytes = await readFile(join(root, DATA));
    await overwrite(join(root, DATA), {at: rootOfTable(bytes, 'blobs') * 4096, bytes: Buffer.alloc(4096)});
  },
  'the catalog was written by a newer LMDB': async ({root}) => {
    for (const page of [0, 1]) await overwrite(join(root, DATA), {at: page * 4096 + 28, bytes: Buffer.of(3)});
  },
  'the catalog was written by a newer cosmos': async ({root}) => {
    const workspace = await newWorkspace(root);
    const {catalog} = workspace.store.context;
    await catalog.transaction('test', () => void catalog.table<number, string>('meta').put('version', 99));
    await closeWorkspace(workspace);
  },
  '`storage/` is gone, or `manifests/`': ({root}) => rm(join(root, 'storage'), {recursive: true}),
  '`storage/blobs` is gone': ({root}) => rm(join(root, 'storage', 'blobs'), {recursive: true}),
  '`storage/layout.json` is gone': ({root}) => rm(join(root, 'storage', 'layout.json')),
  '`manifests/store.json` is torn': ({root}) => truncate(join(root, 'manifests', 'store.json'), 9),
  '`storage/` has the layout of a newer cosmos': async ({root}) => {
    const path = join(root, 'storage', 'layout.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"layoutVersion": 1', '"layoutVersion": 7'));
  },
  'two workspaces share one `storage/`': async ({root}) => {
    const owner = join(root, 'storage');
    const other = await newWorkspaceFolder();
    await closeWorkspace(await newWorkspace(other));
    await rm(owner, {recursive: true});
    await symlink(join(other, 'storage'), owner);
  },
};

/** The newest page that the table begins with, by the table of tables: its name, then 48 bytes that end with the page. */
function rootOfTable(bytes: Buffer, name: string): number {
  const newest = bytes.readBigUInt64LE(152) > bytes.readBigUInt64LE(4096 + 152) ? 0 : 4096;
  const tables = Number(bytes.readBigUInt64LE(newest + 136)) * 4096;
  const at = bytes.indexOf(Buffer.from(`\x02\0${String.fromCharCode(name.length)}\0${name}`), tables);
  return Number(bytes.readBigUInt64LE(at + 4 + name.length + 40));
}

async function rowsBelow(heading: string): Promise<string[][]> {
  const text = await readFile(join(REPOSITORY, 'docs', 'damage.md'), 'utf8');
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** As a cell says it: damage plain, notices in italics. */
function cellOf({damage, notices}: Pick<VerifyReport, 'damage' | 'notices'>): string {
  const codes = new Set([
    ...damage.map(({code}) => `\`${code}\``),
    ...notices.map(({code}) => `*\`${code}\`*`),
  ]);
  return [...codes].join(', ') || 'nothing';
}

const look = (workspace: Workspace, isDeep: boolean): Promise<VerifyReport> =>
  verify(workspace, {isDeep, workers: 1, isStrict: false});

describe('docs/damage.md', function () {
  this.timeout(60_000);

  let whole = '';
  let blobs: Descriptor[] = [];

  before(async function () {
    if (process.platform === 'win32') this.skip();
    const workspace = await newWorkspace();
    whole = workspace.root;
    blobs = [await putRef(workspace, 'hero', TEXT), await putRef(workspace, 'other', OTHER)];
    await closeWorkspace(workspace);
  });
  after(closeWorkspaces);

  async function makeVictim(): Promise<Victim> {
    const root = await copyWorkspace(whole);
    const [file = '', other = ''] = blobs.map(({digest}) => blobFile(root, digest));
    return {root, file, shard: dirname(file), other};
  }

  it('has a row for each damage that is tried here', async () => {
    const [blobs, others] = [
      await rowsBelow('A blob that documents name'),
      await rowsBelow('Everything else'),
    ];
    assert.deepEqual(
      blobs.map(([what]) => what),
      Object.keys(OF_BLOBS),
    );
    assert.deepEqual(
      others.map(([what]) => what),
      Object.keys(OF_ALL_ELSE),
    );
  });

  for (const [what, damage] of Object.entries(OF_BLOBS)) {
    it(`is right about a blob when ${what}`, async () => {
      const row = (await rowsBelow('A blob that documents name')).find(([name]) => name === what) ?? [];
      const victim = await makeVictim();
      await damage(victim);
      const workspace = await newWorkspace(victim.root);
      const [quick, deep] = [await look(workspace, false), await look(workspace, true)];
      const moved = (await listQuarantine(workspace.store.context)).length;
      const said = [cellOf(quick), cellOf(notKept(deep)), String(moved)];
      assert.deepEqual(said, row.slice(1, 4));
      const [, , , , remedy = ''] = row;
      assert.match(remedy, /^(`cosmos repair`|move it away; then `cosmos repair`|nothing has to be)/);
      if (remedy.startsWith('nothing')) assert.equal(deep.blobsHashed, blobs.length);
      const replicas = [await folderReplica(whole)];
      const digests = blobs.map(({digest}) => digest);
      if (remedy.startsWith('move')) {
        await assert.rejects(repairBlobs(workspace, digests, {replicas}), {code: 'store.mismatch'});
        await rm(victim.shard);
      }
      if (remedy.includes('repair')) {
        const {repaired, lost} = await repairBlobs(workspace, digests, {replicas});
        assert.deepEqual([repaired.length, lost], [Math.max(1, moved), []]);
      }
      assert.deepEqual((await look(workspace, false)).damage, []);
      for (const [index, text] of [TEXT, OTHER].entries())
        assert.equal(await readText(workspace, blobs[index] ?? assert.fail()), text);
      await closeWorkspace(workspace);
    });
  }

  for (const [what, damage] of Object.entries(OF_ALL_ELSE)) {
    it(`is right when ${what}`, async () => {
      const row = (await rowsBelow('Everything else')).find(([name]) => name === what) ?? [];
      const victim = await makeVictim();
      await damage(victim);
      const {said, exitCode, isRebuilt} = await outcomeIn(victim.root);
      assert.deepEqual([said, String(exitCode)], row.slice(1, 3));
      assert.equal(isRebuilt, /catalog/.test(what));
      assert.match(row[3] ?? '', isRebuilt ? /^by itself/ : /\w/);
    });
  }

  it('is right that nobody waits for a pipe', async () => {
    const victim = await makeVictim();
    await replaceBy(victim.file, makePipe);
    const hex = blobs[0]?.digest.slice('sha256:'.length) ?? '';
    const codes: Record<string, number | null> = {};
    for (const args of [
      ['verify', '--deep'],
      ['blob', 'cat', hex],
      ['repair', hex],
      ['gc', '--grace', '0'],
    ])
      codes[args.join(' ').replace(hex, 'D')] = (await cosmos(args, {cwd: victim.root})).code;
    assert.deepEqual(codes, {'verify --deep': 12, 'blob cat D': 2, 'repair D': 12, 'gc --grace 0': 0});
    assert.ok((await stat(victim.file)).isFIFO());
  });
});

/** What a deep verify has just moved is a notice of the same report. */
function notKept(report: VerifyReport): VerifyReport {
  return {...report, notices: report.notices.filter(({code}) => code !== 'quarantine.kept')};
}

async function outcomeIn(root: string): Promise<{said: string; exitCode: number; isRebuilt: boolean}> {
  try {
    const workspace = await newWorkspace(root);
    const report = await look(workspace, false);
    await closeWorkspace(workspace);
    const exitCode = report.isSound ? 0 : 12;
    return {said: cellOf(report), exitCode, isRebuilt: workspace.rebuilt !== undefined};
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error;
    return {said: `\`${error.code}\``, exitCode: error.exitCode, isRebuilt: false};
  }
}
