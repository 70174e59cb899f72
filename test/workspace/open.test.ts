import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {cp, mkdir, readFile, readdir, rename, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {CosmosError} from '../../src/errors.ts';
import {findWorkspace} from '../../src/workspace/discover.ts';
import {initWorkspace} from '../../src/workspace/init.ts';
import {storePaths} from '../../src/cas/local/paths.ts';
import {ensureStore} from '../../src/workspace/layout.ts';
import {withClaim} from '../../src/workspace/claim.ts';
import {readText} from '../support/blobs.ts';
import {makeRun, runId} from '../support/documents.ts';
import {startProgram} from '../support/programs.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {
  closeWorkspace,
  closeWorkspaces,
  newWorkspace,
  newWorkspaceFolder,
  putRef,
} from '../support/workspace.ts';

after(closeWorkspaces);

async function readJson(...path: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(...path), 'utf8')) as Record<string, unknown>;
}

describe('initWorkspace', () => {
  it('makes a workspace that can be opened', async () => {
    const root = await initWorkspace(join(await temporaryFolder(), 'deep', 'new'));
    const layout = await readJson(root, 'storage', 'layout.json');
    const store = await readJson(root, 'manifests', 'store.json');
    assert.deepEqual([layout['layoutVersion'], layout['algorithm']], [1, 'sha256']);
    assert.match(String(layout['storeId']), /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    assert.equal(store['storeId'], layout['storeId']);
    const workspace = await newWorkspace(root);
    assert.equal(workspace.storeId, layout['storeId']);
  });

  it('refuses a folder that is a workspace', async () => {
    const root = await newWorkspaceFolder();
    await writeFile(join(root, 'cosmos.toml'), '# mine\n');
    await assert.rejects(initWorkspace(root), {code: 'workspace.exists'});
    assert.equal(await readFile(join(root, 'cosmos.toml'), 'utf8'), '# mine\n');
    assert.deepEqual((await readdir(root)).sort(), ['cosmos.toml', 'manifests', 'storage']);
  });

  it('refuses a place that is a file', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    await assert.rejects(initWorkspace(file), {code: 'usage.invalid'});
    await assert.rejects(initWorkspace(join(file, 'below')), {code: 'usage.invalid'});
  });
});

describe('findWorkspace', () => {
  let root: string;
  let below: string;
  before(async () => {
    root = await newWorkspaceFolder();
    below = join(root, 'a', 'b');
    await mkdir(below, {recursive: true});
  });

  it('walks up from where it starts', async () => {
    assert.equal(await findWorkspace({env: {}, startFolder: below}), root);
    assert.equal(await findWorkspace({env: {}, startFolder: root}), root);
  });

  it('prefers the flag, then the environment', async () => {
    const [other, third] = [await newWorkspaceFolder(), await newWorkspaceFolder()];
    const env = {COSMOS_WORKSPACE: other};
    assert.equal(await findWorkspace({env, startFolder: below}), other);
    assert.equal(await findWorkspace({flag: third, env, startFolder: below}), third);
    assert.equal(await findWorkspace({flag: '../..', env: {}, startFolder: below}), root);
    assert.equal(await findWorkspace({env: {COSMOS_WORKSPACE: ''}, startFolder: below}), root);
  });

  it('says that there is none', async () => {
    const startFolder = await temporaryFolder();
    await assert.rejects(findWorkspace({env: {}, startFolder}), {code: 'workspace.missing', exitCode: 10});
    await assert.rejects(findWorkspace({flag: startFolder, env: {}, startFolder: below}), {
      code: 'workspace.missing',
      message: /--workspace/,
    });
    await assert.rejects(findWorkspace({env: {COSMOS_WORKSPACE: startFolder}, startFolder: below}), {
      message: /COSMOS_WORKSPACE/,
    });
  });
});

describe('openWorkspace', () => {
  it('refuses a layout of a later version', async () => {
    const root = await newWorkspaceFolder();
    const path = join(root, 'storage', 'layout.json');
    await writeFile(path, JSON.stringify({...(await readJson(path)), layoutVersion: 2}));
    await assert.rejects(newWorkspace(root), {code: 'layout.newer', facts: {path, version: 2, known: 1}});
  });

  it('refuses manifests of another store', async () => {
    const [root, other] = [await newWorkspaceFolder(), await newWorkspaceFolder()];
    const [left, right] = [
      await readJson(root, 'storage', 'layout.json'),
      await readJson(other, 'manifests', 'store.json'),
    ];
    await cp(join(other, 'manifests', 'store.json'), join(root, 'manifests', 'store.json'));
    await assert.rejects(newWorkspace(root), {
      code: 'store.mismatch',
      facts: {storage: left['storeId'], manifests: right['storeId']},
    });
    assert.ok(!(await readdir(join(root, 'storage'))).includes('catalog'), 'nothing was written');
  });

  for (const [what, file] of [
    ['an emptied storage folder', 'storage/layout.json'],
    ['manifests that have no owner', 'manifests/store.json'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const root = await newWorkspaceFolder();
      const workspace = await newWorkspace(root);
      await workspace.documents.create('runs', makeRun(runId(1)));
      await closeWorkspace(workspace);
      await rm(join(root, file));
      await assert.rejects(newWorkspace(root), {code: 'store.mismatch'});
      for (const content of ['', 'null']) {
        await writeFile(join(root, file), content);
        await assert.rejects(newWorkspace(root), {code: 'store.mismatch'});
      }
    });
  }

  it('finishes a store begun by a crash', async () => {
    const root = await newWorkspaceFolder();
    await rm(join(root, 'manifests', 'store.json'));
    const first = await newWorkspace(root);
    await closeWorkspace(first);
    await rm(join(root, 'manifests'), {recursive: true});
    await rm(join(root, 'storage', 'ingest'), {recursive: true});
    const again = await newWorkspace(root);
    assert.equal(again.storeId, first.storeId);
    assert.equal(await readText(again, await putRef(again, 'hero', 'works')), 'works');
  });

  const CATALOGS: [string, (data: string) => Promise<void>][] = [
    ['missing', (data) => rm(join(data, '..'), {recursive: true})],
    ['garbage', (data) => writeFile(data, randomBytes(50_000))],
    ['truncated', (data) => truncate(data, 20_000)],
    ['empty', (data) => truncate(data, 0)],
  ];
  for (const [what, damage] of CATALOGS) {
    it(`rebuilds a catalog that is ${what}`, async () => {
      const root = await newWorkspaceFolder();
      const first = await newWorkspace(root);
      assert.ok(first.rebuilt, 'the first opening makes it');
      const blob = await putRef(first, 'hero', 'survives');
      await first.documents.create('runs', makeRun(runId(1)));
      const kept = first.index.dump();
      await closeWorkspace(first);
      await damage(join(root, 'storage', 'catalog', 'data.mdb'));
      await mkdir(join(root, 'storage', 'catalog.new-0123abcd'));
      const again = await newWorkspace(root);
      assert.deepEqual(again.rebuilt, {documents: 2, blobs: 1, invalid: [], gone: []});
      assert.deepEqual(again.index.dump(), kept);
      assert.equal(await readText(again, blob), 'survives');
      const remains = (await readdir(join(root, 'storage'))).filter((name) => name.startsWith('catalog'));
      assert.deepEqual(remains, ['catalog']);
      await closeWorkspace(again);
      assert.equal((await newWorkspace(root)).rebuilt, undefined);
    });
  }

  it('gives one identity to many makers', async () => {
    const root = await temporaryFolder('clone');
    const [paths, manifests] = [storePaths(join(root, 'storage')), join(root, 'manifests')];
    const ids = await Promise.all([1, 2, 3, 4].map(() => ensureStore(paths, manifests)));
    assert.equal(new Set(ids).size, 1);
    assert.equal(await ensureStore(paths, manifests), ids[0]);
    assert.deepEqual(
      (await readdir(paths.root)).filter((name) => name.endsWith('.part')),
      [],
    );
  });

  it('names what it could not index', async () => {
    const root = await newWorkspaceFolder();
    const file = join(root, 'manifests', 'runs', `${runId(1)}.json`);
    await writeFile(file, '');
    const {rebuilt, index} = await newWorkspace(root);
    assert.deepEqual(
      rebuilt?.invalid.map((entry) => entry.file),
      [file],
    );
    assert.deepEqual(index.listIds('runs'), []);
  });

  it('is done by several processes at once', async () => {
    const root = await temporaryFolder('clone');
    await writeFile(join(root, 'cosmos.toml'), '');
    const openers = [1, 2, 3].map(() => startProgram('open', root));
    const answers = await Promise.all(openers.map((opener) => opener.finish()));
    assert.deepEqual(answers.sort(), ['opened', 'opened', 'rebuilt']);
    const storage = await readdir(join(root, 'storage'));
    assert.ok(!storage.some((name) => name.includes('claim') || name.endsWith('.part')), storage.join());
    assert.equal(
      (await readJson(root, 'storage', 'layout.json'))['storeId'],
      (await readJson(root, 'manifests', 'store.json'))['storeId'],
    );
  });

  it('works through a link to the folder', async () => {
    const root = await newWorkspaceFolder();
    const alias = join(await temporaryFolder(), 'alias');
    await symlink(root, alias);
    const workspace = await newWorkspace(alias);
    assert.equal(await readText(workspace, await putRef(workspace, 'hero', 'linked')), 'linked');
  });
});

describe('a workspace one half of which is on another disk', () => {
  for (const half of ['storage', 'manifests'])
    it(`says that ${half} is missing`, async () => {
      const whole = await newWorkspace();
      await putRef(whole, 'kept', 'in both halves');
      await closeWorkspace(whole);
      const {root} = whole;
      await rename(join(root, half), join(root, 'away'));
      await assert.rejects(newWorkspace(root), ({code, message, hint}: CosmosError) => {
        assert.deepEqual([code, message], ['store.mismatch', `The folder ${join(root, half)} is missing.`]);
        assert.match(hint ?? '', /mount that/);
        return true;
      });
    });
});

describe('withClaim', () => {
  it('lets one at a time work', async () => {
    const claim = join(await temporaryFolder(), 'claim');
    let inside = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      assert.equal(inside, 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
    };
    await Promise.all([withClaim(claim, work), withClaim(claim, work), withClaim(claim, work)]);
    assert.deepEqual(await readdir(join(claim, '..')), []);
  });

  it('is given back when the work fails', async () => {
    const claim = join(await temporaryFolder(), 'claim');
    await assert.rejects(
      withClaim(claim, () => Promise.reject(new TypeError('on purpose'))),
      TypeError,
    );
    assert.deepEqual(await readdir(join(claim, '..')), []);
  });

  it('is taken over from a dead process', async () => {
    const claim = join(await temporaryFolder(), 'claim');
    const holder = startProgram('claim', claim, ['forever']);
    await holder.printed('claimed');
    const takers = [1, 2].map(() => startProgram('claim', claim));
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.deepEqual(await readdir(join(claim, '..')), ['claim']);
    await holder.kill();
    for (const taker of takers) assert.match(await taker.finish(), /claimed\ndone/);
    assert.deepEqual(await readdir(join(claim, '..')), []);
  });

  it('is taken over although a taker died', async () => {
    const claim = join(await temporaryFolder(), 'claim');
    const holder = startProgram('claim', claim, ['forever']);
    await holder.printed('claimed');
    const dead: unknown = JSON.parse(await readFile(claim, 'utf8'));
    const {pid, start} = dead as {pid: number; start: string};
    const taker = startProgram('claim', `${claim}.${pid}-${start}`, ['forever']);
    await taker.printed('claimed');
    await Promise.all([holder.kill(), taker.kill()]);
    assert.equal(await withClaim(claim, () => Promise.resolve('mine')), 'mine');
    assert.deepEqual(await readdir(join(claim, '..')), []);
  });
});
