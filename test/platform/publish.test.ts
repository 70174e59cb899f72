import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdir, readFile, readdir, stat, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {hashBytes} from '../../src/cas/digest.ts';
import {
  ensureFolder,
  exists,
  placeNew,
  publishReplacing,
  publishText,
  stage,
  stageAll,
  syncFolder,
  syncFolderNow,
} from '../../src/platform/publish.ts';
import {diesMidway, reusesBuffer, slow} from '../conformance/sources.ts';
import {temporaryFolder} from '../support/temporary.ts';

describe('stage', () => {
  it('writes, counts and hashes the bytes', async () => {
    const folder = await temporaryFolder();
    const bytes = Buffer.from('staged bytes');
    const staged = await stage(folder, slow(bytes), {mode: 0o444});
    assert.deepEqual(await readFile(staged.path), bytes);
    assert.equal(staged.sizeBytes, bytes.length);
    assert.equal(`sha256:${staged.sha256}`, hashBytes(bytes));
    assert.equal((await stat(staged.path)).mode & 0o777, 0o444);
  });

  it('hashes what it wrote of reused buffers', async () => {
    const bytes = Buffer.from(Array.from({length: 5_000_000}, (_, index) => (index * 7919) >> 3));
    const staged = await stage(await temporaryFolder(), reusesBuffer(bytes, 700_000));
    assert.deepEqual(hashBytes(await readFile(staged.path)), hashBytes(bytes));
    assert.equal(`sha256:${staged.sha256}`, hashBytes(bytes));
  });

  it('leaves nothing of a broken source', async () => {
    const folder = await temporaryFolder();
    await assert.rejects(stage(folder, diesMidway(Buffer.alloc(100))), /the source died/);
    assert.deepEqual(await readdir(folder), []);
  });

  it('leaves nothing when it is aborted', async () => {
    const folder = await temporaryFolder();
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, 15);
    const staging = stage(folder, slow(Buffer.alloc(1000)), {signal: controller.signal});
    await assert.rejects(staging, {name: 'AbortError'});
    assert.deepEqual(await readdir(folder), []);
  });
});

describe('placeNew', () => {
  it('names the bytes and drops the draft', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'final');
    assert.equal(await placeNew(await stage(folder, Buffer.from('new')), path), true);
    assert.deepEqual(await readdir(folder), ['final']);
    assert.equal((await stat(path)).nlink, 1);
  });

  it('never replaces what is there', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'final');
    await writeFile(path, 'old');
    const staged = await stage(folder, Buffer.from('new'));
    assert.equal(await placeNew(staged, path), false);
    assert.equal(await readFile(path, 'utf8'), 'old');
    assert.ok(await exists(staged.path));
  });

  it('needs no links, and leaves no lock', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'final');
    const drafts = await stageAll(folder, [Buffer.from('1'), Buffer.from('2'), Buffer.from('3')]);
    const placed = await Promise.all(drafts.map((staged) => placeNew(staged, path, {hasLinks: false})));
    assert.equal(placed.filter(Boolean).length, 1);
    assert.equal(await readFile(path, 'utf8'), String(1 + placed.indexOf(true)));
    const left = drafts.filter((_, index) => !placed[index]).map((staged) => basename(staged.path));
    assert.deepEqual((await readdir(folder)).sort(), ['final', ...left].sort());
  });

  it('says that a folder refuses writes', async function () {
    const folder = await temporaryFolder();
    const target = join(folder, 'immutable');
    await mkdir(target);
    const staged = await stage(folder, Buffer.from('new'));
    try {
      execFileSync('chattr', ['+i', target], {stdio: 'ignore'});
    } catch {
      this.skip();
    }
    try {
      await assert.rejects(placeNew(staged, join(target, 'final')), {code: 'store.readonly'});
      await assert.rejects(stage(target, Buffer.from('x')), {code: 'store.readonly'});
    } finally {
      execFileSync('chattr', ['-i', target]);
    }
  });
});

describe('publishReplacing', () => {
  it('replaces the whole of a file', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'settings');
    await publishText(path, 'a longer first text\n');
    await publishText(path, 'second\n');
    assert.equal(await readFile(path, 'utf8'), 'second\n');
    assert.deepEqual(await readdir(folder), ['settings']);
  });

  it('leaves no draft when it fails', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'in-the-way');
    await mkdir(path);
    await assert.rejects(publishReplacing(path, Buffer.from('x')));
    assert.deepEqual(await readdir(folder), ['in-the-way']);
  });
});

describe('ensureFolder', () => {
  it('makes all that is missing, twice', async () => {
    const path = join(await temporaryFolder(), 'a', 'b', 'c');
    await ensureFolder(path);
    await ensureFolder(path);
    assert.ok((await stat(path)).isDirectory());
  });

  it('makes one folder for many callers', async () => {
    const path = join(await temporaryFolder(), 'a', 'b');
    await Promise.all([1, 2, 3, 4].map(() => ensureFolder(path)));
    assert.ok((await stat(path)).isDirectory());
  });
});

describe('syncFolder', () => {
  it('fails for a folder that is missing', async () => {
    const path = join(await temporaryFolder(), 'absent');
    await assert.rejects(syncFolder(path), {code: 'ENOENT'});
    assert.throws(
      () => {
        syncFolderNow(path);
      },
      {code: 'ENOENT'},
    );
  });
});
