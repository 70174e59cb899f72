import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {cp, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {Catalog} from '../../src/cas/catalog/catalog.ts';
import {isDataFileLong} from '../../src/cas/catalog/data-file.ts';
import {explainCatalogError} from '../../src/cas/catalog/failures.ts';
import {CosmosError} from '../../src/errors.ts';
import {runId} from '../support/documents.ts';
import {startProgram} from '../support/programs.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {
  closeWorkspace,
  closeWorkspaces,
  newWorkspace,
  newWorkspaceFolder,
  putText,
} from '../support/workspace.ts';

describe('Catalog.transaction', () => {
  let catalog: Catalog;
  before(async () => (catalog = Catalog.create(await temporaryFolder('catalog'))));
  after(() => catalog.close());

  it('answers with what the work answers', async () => {
    const table = catalog.table<number, string>('answers');
    const answer = await catalog.transaction('test', () => {
      void table.put('key', 42);
      return table.get('key');
    });
    assert.equal(answer, 42);
    assert.equal(table.get('key'), 42);
  });

  it('undoes everything when the work throws', async () => {
    const table = catalog.table<number, string>('undone');
    const work = catalog.transaction('test', () => {
      void table.put('key', 1);
      throw new TypeError('on purpose');
    });
    await assert.rejects(work, TypeError);
    assert.equal(table.get('key'), undefined);
  });

  it('undoes only the one that threw', async () => {
    const table = catalog.table<number, string>('several');
    const works = ['a', 'b', 'c'].map((key) =>
      catalog.transaction('test', () => {
        void table.put(key, 1);
        if (key === 'b') throw new TypeError('on purpose');
      }),
    );
    const results = await Promise.allSettled(works);
    assert.deepEqual(
      results.map(({status}) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(Array.from(table.getKeys()), ['a', 'c']);
  });

  it('lets many wait at once without a warning', async () => {
    const warnings: string[] = [];
    const listen = ({message}: Error): void => void warnings.push(message);
    process.on('warning', listen);
    await Promise.all(Array.from({length: 20}, () => catalog.transaction('test', () => undefined)));
    process.off('warning', listen);
    assert.deepEqual(warnings, []);
  });

  it('takes away the note of a process that is gone, and of which nobody can say that', async function () {
    this.timeout(30_000);
    const folder = await temporaryFolder('catalog');
    await Catalog.create(folder).close();
    const holder = {host: 'elsewhere', boot: null, namespace: null, pid: 2, start: null};
    await writeFile(
      join(folder, 'holder-2-unknown.json'),
      JSON.stringify({...holder, purpose: 'test', turn: 1}),
    );
    const waits: string[] = [];
    const opened = await Catalog.open(folder, {onWait: (message) => waits.push(message)});
    assert.ok(opened);
    await opened.close();
    assert.equal(waits.length, 1);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('holder')),
      [],
    );
  });

  it('leaves a file that can be opened again, whatever it freed', async () => {
    const table = catalog.table<string, string>('freed');
    for (let turn = 0; turn < 20; turn += 1) {
      const keys = Array.from({length: 40 * (turn + 1)}, (_, index) => `${turn}-${index}`);
      await catalog.transaction('test', () => {
        for (const key of keys) void table.put(key, 'x'.repeat(900));
        for (const key of keys) if (!key.endsWith('7')) void table.remove(key);
      });
      assert.ok(isDataFileLong(catalog.folder), `after turn ${turn}`);
    }
  });

  it('leaves no note of itself behind', async () => {
    await catalog.transaction('test', () => undefined);
    assert.deepEqual(
      (await readdir(catalog.folder)).filter((name) => name.startsWith('holder')),
      [],
    );
  });

  it('refuses to write into a replaced catalog', async () => {
    const folder = await temporaryFolder('catalog');
    const replaced = Catalog.create(folder);
    const table = replaced.table<number, string>('table');
    await rename(join(folder, 'data.mdb'), join(folder, 'old.mdb'));
    await cp(join(folder, 'old.mdb'), join(folder, 'data.mdb'));
    const write = replaced.transaction('test', () => void table.put('key', 1));
    await assert.rejects(write, {code: 'catalog.replaced'});
    await rm(join(folder, 'data.mdb'));
    await assert.rejects(
      replaced.transaction('test', () => undefined),
      {code: 'catalog.replaced'},
    );
    await replaced.close();
  });
});

describe('Catalog.open', () => {
  /** The data file of a catalog with something in it. */
  async function dataFile(): Promise<string> {
    const folder = await temporaryFolder('catalog');
    const catalog = Catalog.create(folder);
    const table = catalog.table<string, number>('table');
    for (let key = 0; key < 40; key += 1)
      await catalog.transaction('test', () => void table.put(key, 'x'.repeat(20_000)));
    await catalog.close();
    return join(folder, 'data.mdb');
  }

  it('opens what was closed', async () => {
    const catalog = await Catalog.open(join(await dataFile(), '..'));
    assert.equal(catalog?.table<string, number>('table').getKeysCount(), 40);
    await catalog.close();
  });

  const DAMAGES: [string, (path: string) => Promise<void>][] = [
    ['is missing', (path) => rm(path)],
    ['is empty', (path) => truncate(path, 0)],
    ['is one byte long', (path) => truncate(path, 1)],
    ['was cut in the middle', async (path) => truncate(path, (await stat(path)).size / 2)],
    ['was cut after its head', (path) => truncate(path, 8192)],
    ['is random bytes', (path) => writeFile(path, randomBytes(100_000))],
    [
      'is a folder',
      async (path) => {
        await rm(path);
        await mkdir(path);
      },
    ],
  ];
  for (const [what, damage] of DAMAGES) {
    it(`opens nothing when the file ${what}`, async () => {
      const path = await dataFile();
      await damage(path);
      assert.equal(await Catalog.open(join(path, '..')), undefined);
    });
  }
});

describe('Catalog.open of a file with damaged pages', () => {
  const PAGE = 4096;

  /** A small table, and one of so many keys that it has pages below its first. */
  async function makeFile(keys: number): Promise<string> {
    const folder = await temporaryFolder('catalog');
    const catalog = Catalog.create(folder);
    const table = catalog.table<string, number>('table');
    await catalog.transaction('test', () => {
      for (let key = 0; key < keys; key += 1) void table.put(key, `value ${key}`);
    });
    await catalog.close();
    return join(folder, 'data.mdb');
  }

  async function valuesIn(catalog: Catalog): Promise<string[]> {
    try {
      return Array.from(catalog.table<string, number>('table').getRange(), ({value}) => value);
    } finally {
      await catalog.close();
    }
  }

  for (const [what, byte] of [
    ['zeros', 0],
    ['ones', 0xff],
  ] as const) {
    it(`opens nothing, or all that is in it, whichever page is ${what}`, async () => {
      const path = await makeFile(5);
      const whole = await readFile(path);
      let refused = 0;
      for (let at = 0; at < whole.length; at += PAGE) {
        const folder = await temporaryFolder('catalog');
        await writeFile(join(folder, 'data.mdb'), Buffer.from(whole).fill(byte, at, at + PAGE));
        const catalog = await Catalog.open(folder);
        if (catalog) assert.equal((await valuesIn(catalog)).length, 5, `page ${at / PAGE}`);
        else refused += 1;
      }
      assert.ok(refused >= 5, 'two heads, what is free, the tables, the table');
    });
  }

  it('opens one whose last pages were never written, as nobody uses them', async () => {
    const path = await makeFile(5000);
    const bytes = await readFile(path);
    for (const head of [0, PAGE]) bytes.writeBigUInt64LE(bytes.readBigUInt64LE(head + 144) + 9n, head + 144);
    await writeFile(path, bytes);
    const catalog = await Catalog.open(join(path, '..'));
    assert.ok(catalog);
    assert.equal((await valuesIn(catalog)).length, 5000);
    const branch = Array.from({length: bytes.length / PAGE}, (_, index) => index * PAGE).find(
      (at) => at > PAGE && bytes.readUInt16LE(at + 18) === 1,
    );
    assert.ok(branch !== undefined);
    const node = branch + 24 + bytes.readUInt16LE(branch + 24);
    bytes.writeUIntLE(bytes.length / PAGE + 3, node, 6);
    await writeFile(path, bytes);
    assert.equal(await Catalog.open(join(path, '..')), undefined, 'one of them is used');
  });

  it('says what is damaged when a page further in is', async () => {
    const path = await makeFile(5000);
    const bytes = await readFile(path);
    const leaf = Array.from({length: bytes.length / PAGE}, (_, index) => index * PAGE).find(
      (at) => at > PAGE && bytes.readUInt16LE(at + 18) === 2 && bytes.readUInt16LE(at + 20) > 100,
    );
    assert.ok(leaf !== undefined);
    await writeFile(path, Buffer.from(bytes).fill(0, leaf, leaf + PAGE));
    const catalog = await Catalog.open(join(path, '..'));
    assert.ok(catalog);
    const error: unknown = await valuesIn(catalog).catch((reason: unknown) => reason);
    const explained = explainCatalogError(error, path);
    assert.ok(explained instanceof CosmosError && explained.code === 'catalog.failed');
  });
});

describe('a catalog of two processes', () => {
  after(closeWorkspaces);

  it('says who holds it, and freezes nobody', async () => {
    const root = await newWorkspaceFolder();
    const messages: string[] = [];
    const workspace = await newWorkspace(root, {onWait: (message) => messages.push(message)});
    const holder = startProgram('createRun', root, [runId(1)], 'document.renamed');
    try {
      await holder.paused();
      const opener = startProgram('open', root);
      const put = putText(workspace, 'waits for the catalog');
      let ticks = 0;
      const ticking = setInterval(() => (ticks += 1), 50);
      await opener.printed(`process ${holder.pid}`);
      clearInterval(ticking);
      assert.ok(ticks > 60, `the event loop stood still: ${ticks} ticks`);
      assert.equal(messages.length, 1);
      assert.match(messages.join(), new RegExp(`process ${holder.pid} \\(writing runs/${runId(1)}\\)`));
      await holder.finish();
      await put;
      assert.match(await opener.finish(), /opened$/);
    } finally {
      await holder.kill();
    }
    assert.deepEqual(await workspace.documents.listIds('runs'), [runId(1)]);
  });

  it('goes on when the holder is killed', async () => {
    const root = await newWorkspaceFolder();
    const workspace = await newWorkspace(root);
    const holder = startProgram('createRun', root, [runId(1)], 'document.renamed');
    await holder.paused();
    await holder.kill();
    await putText(workspace, 'after the death of the holder');
    await closeWorkspace(workspace);
    const again = await newWorkspace(root);
    assert.equal(again.index.getRun(runId(1))?.id, runId(1));
  });
});
