import assert from 'node:assert/strict';
import {rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {collectGarbage} from '../../src/workspace/garbage.ts';
import {initWorkspace} from '../../src/workspace/init.ts';
import {putFiles} from '../../src/workspace/put-files.ts';
import {openWorkspace, type Workspace} from '../../src/workspace/workspace.ts';
import {writeFile} from 'node:fs/promises';
import {temporaryFolder} from '../support/temporary.ts';

async function makeStoreWithOneBlob(): Promise<string> {
  const root = await initWorkspace(await temporaryFolder('vanished'));
  await writeFile(join(root, 'a.txt'), 'precious\n');
  await within(root, (workspace) => putFiles(workspace, [join(root, 'a.txt')]));
  return root;
}

async function within<T>(root: string, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const workspace = await openWorkspace(root, {actor: 'test'});
  try {
    return await work(workspace);
  } finally {
    await workspace.close();
  }
}

const sweepNow = (workspace: Workspace) =>
  collectGarbage(workspace, {graceMs: 0, trashMs: 0, isDryRun: false});

describe('documents that vanished', () => {
  it('with their whole folder stop every command', async () => {
    const root = await makeStoreWithOneBlob();
    await rename(join(root, 'manifests'), join(root, 'elsewhere'));
    await rm(join(root, 'storage', 'catalog'), {recursive: true});
    await assert.rejects(within(root, sweepNow), {code: 'store.mismatch'});
    await rename(join(root, 'elsewhere'), join(root, 'manifests'));
    const report = await within(root, sweepNow);
    assert.equal(report.blobsKept, 1);
    assert.deepEqual(report.condemned, []);
  });

  it('with the folder of one kind stop every command', async () => {
    const root = await makeStoreWithOneBlob();
    await rm(join(root, 'manifests', 'refs'), {recursive: true});
    await assert.rejects(within(root, sweepNow), {code: 'store.mismatch', message: /refs is missing/});
  });

  it('one by one stop gc while the catalog knows them', async () => {
    const root = await makeStoreWithOneBlob();
    const [name] = await within(root, ({index}) => Promise.resolve(index.listIds('refs')));
    const file = join(root, 'manifests', 'refs', `${name ?? ''}.json`);
    await rename(file, `${file}.gone`);
    await assert.rejects(within(root, sweepNow), {code: 'document.missing'});
    await rename(`${file}.gone`, file);
    assert.equal((await within(root, sweepNow)).blobsKept, 1);
  });
});
