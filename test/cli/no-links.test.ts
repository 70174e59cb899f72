import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {existsSync} from 'node:fs';
import {readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {sleep} from '../../src/platform/clock.ts';
import {cosmos, JOB_MODELS, outcomeOf, startCosmos, waitForPause, type Outcome} from '../support/cli.ts';
import {mountFilesystem, type Mounted} from '../support/filesystems.ts';
import {assertSound} from '../support/sound.ts';
import {newWorkspaceFolder} from '../support/workspace.ts';
import {blobFile, flipByte, sha256} from '../support/workspaces.ts';

const TEXT = 'bytes on a disk without links\n';
const DIGEST = `sha256:${sha256(Buffer.from(TEXT))}`;

const PUT = ['blob', 'put', 'file.txt', '--name', 'kept'];

async function assertDone(work: Promise<Outcome>): Promise<Outcome> {
  const outcome = await work;
  assert.equal(outcome.code, 0, outcome.stderr);
  return outcome;
}

async function isRunning(child: ChildProcess, forMs: number): Promise<boolean> {
  await sleep(forMs);
  return child.exitCode === null && child.signalCode === null;
}

describe('a disk without hard links', function () {
  this.timeout(60_000);

  let disk: Mounted | undefined;
  let root = '';

  beforeEach(async function () {
    disk = await mountFilesystem('exfat');
    if (!disk) return this.skip();
    root = join(disk.folder, 'films');
    await assertDone(cosmos(['init', root]));
    // The catalog is made under a claim, which gets its name as blobs do.
    await assertDone(cosmos(['list'], {cwd: root}));
    await writeFile(join(root, 'file.txt'), TEXT);
  });

  afterEach(() => {
    disk?.unmount();
    disk = undefined;
  });

  /** Stands between the look at the blob's name and the rename. */
  async function putUntilLooked(): Promise<ChildProcess> {
    const child = startCosmos(PUT, {cwd: root, env: {COSMOS_PAUSE_AT: 'place.looked'}});
    await waitForPause(child, 'place.looked');
    return child;
  }

  it('stores, runs, collects garbage, brings back and proves', async () => {
    await writeFile(join(root, 'cosmos.toml'), JOB_MODELS);
    await writeFile(join(root, 'request.json'), JSON.stringify({inputs: {text: 'file.txt'}, parameters: {}}));
    await assertDone(cosmos(['run', 'request.json', '--model', 'copy', '--prompt', 'x'], {cwd: root}));
    await assertDone(cosmos(PUT, {cwd: root}));
    assert.equal((await assertSound(root)).blobs > 1, true);
    const runs = (await readdir(join(root, 'manifests', 'runs'))).map((name) => name.replace('.json', ''));
    await assertDone(cosmos(['delete', 'kept', ...runs], {cwd: root}));
    await assertDone(cosmos(['gc', '--grace', '0s'], {cwd: root}));
    assert.equal(existsSync(blobFile(root, DIGEST)), false);
    await assertDone(cosmos(['gc', 'undo'], {cwd: root}));
    assert.equal(await readFile(blobFile(root, DIGEST), 'utf8'), TEXT);
    await assertSound(root);
  });

  it('heals damaged bytes by a put, and keeps them', async () => {
    await assertDone(cosmos(PUT, {cwd: root}));
    await flipByte(blobFile(root, DIGEST), 3);
    assert.equal((await cosmos(['verify', '--deep'], {cwd: root})).code, 12);
    await assertDone(cosmos([...PUT.slice(0, -1), 'again'], {cwd: root}));
    await assertSound(root);
    const kept = (await readdir(join(root, 'storage', 'quarantine'))).filter((name) => !/json$/.test(name));
    assert.equal(kept.length, 1);
  });

  it('lets a second writer wait, and replaces nothing', async () => {
    const first = await putUntilLooked();
    const second = startCosmos([...PUT.slice(0, -1), 'second'], {cwd: root});
    const ends = [outcomeOf(first), outcomeOf(second)];
    assert.equal(await isRunning(second, 1500), true);
    assert.equal(existsSync(blobFile(root, DIGEST)), false);
    first.kill('SIGCONT');
    for (const end of ends) await assertDone(end);
    assert.equal((await assertSound(root)).blobs, 1);
    assert.deepEqual(await readdir(join(root, 'storage', 'ingest')), []);
  });

  it('shows nothing of a writer that was killed, and lets the next one in', async () => {
    const child = await putUntilLooked();
    child.kill('SIGKILL');
    await outcomeOf(child);
    assert.equal(existsSync(blobFile(root, DIGEST)), false);
    assert.ok((await readdir(join(root, 'storage', 'ingest'))).some((name) => name.endsWith('.lock')));
    await assertDone(cosmos(PUT, {cwd: root}));
    await assertDone(cosmos(['gc'], {cwd: root}));
    assert.deepEqual(await readdir(join(root, 'storage', 'ingest')), []);
    assert.deepEqual((await assertSound(root)).notices, []);
  });

  it('gives a workspace to one of many makers', async () => {
    const place = join(disk?.folder ?? '', 'new');
    const ends = await Promise.all(Array.from({length: 4}, () => cosmos(['init', place])));
    const codes = ends.map(({code}) => code).sort();
    assert.deepEqual(codes, [0, 2, 2, 2], ends.map(({stderr}) => stderr).join('\n'));
    await assertSound(place);
    assert.deepEqual(
      (await readdir(place)).filter((name) => /lock|part/.test(name)),
      [],
    );
  });

  it('makes the catalog again once, for many who miss it', async () => {
    await assertDone(cosmos(PUT, {cwd: root}));
    await rm(join(root, 'storage', 'catalog'), {recursive: true});
    const ends = await Promise.all(Array.from({length: 4}, () => cosmos(['list'], {cwd: root})));
    for (const {code, stderr} of ends) assert.equal(code, 0, stderr);
    const makers = ends.filter(({stderr}) => stderr.includes('was made again'));
    assert.equal(makers.length, 1);
    await assertSound(root);
  });
});

describe('the record of the ground', function () {
  this.timeout(60_000);

  let root = '';
  const record = async (change: object): Promise<void> => {
    const path = join(root, 'storage', 'ground.json');
    const ground = JSON.parse(await readFile(path, 'utf8')) as {answers: object};
    await writeFile(path, JSON.stringify({...ground, ...change}));
  };
  const answers = {hardLink: 'no'};

  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  beforeEach(async () => {
    root = await newWorkspaceFolder();
    await writeFile(join(root, 'file.txt'), TEXT);
    await assertDone(cosmos(['list'], {cwd: root}));
    await assertDone(cosmos(['doctor'], {cwd: root}));
  });

  it('chooses how blobs get their names', async () => {
    await record({answers});
    const child = startCosmos(PUT, {cwd: root, env: {COSMOS_PAUSE_AT: 'place.looked'}});
    const ended = outcomeOf(child);
    await waitForPause(child, 'place.looked');
    child.kill('SIGCONT');
    await assertDone(ended);
    assert.equal((await stat(blobFile(root, DIGEST))).nlink, 1);
  });

  it('says nothing about another disk, or when it cannot be read', async () => {
    const env = {COSMOS_PAUSE_AT: 'place.looked'};
    await record({answers: {...answers, locks: 'no'}, device: '0'});
    await assertDone(cosmos(PUT, {cwd: root, env}));
    await writeFile(join(root, 'storage', 'ground.json'), '{');
    await assertDone(cosmos([...PUT.slice(0, -1), 'again'], {cwd: root, env}));
    await assertSound(root);
  });

  it('refuses a disk whose locks keep nobody out, until the doctor finds otherwise', async () => {
    await record({answers: {locks: 'no'}});
    const refused = await cosmos(['list'], {cwd: root});
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /catalog\.unsafe/);
    await assertDone(cosmos(['doctor'], {cwd: root}));
    await assertDone(cosmos(['list'], {cwd: root}));
  });
});
