import assert from 'node:assert/strict';
import {readFile, readdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {materialize} from '../../src/cas/materialize.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {flipOneBit, pathOfBlob, removeBlob} from '../support/blobs.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {closeWorkspaces, newWorkspace, putText} from '../support/workspace.ts';

describe('materialize', () => {
  let workspace: Workspace;
  let folder: string;
  before(async () => {
    workspace = await newWorkspace();
    folder = await temporaryFolder('views');
  });
  after(closeWorkspaces);

  it('makes a copy that may be edited', async () => {
    const blob = await putText(workspace, 'to edit');
    const path = join(folder, 'editable');
    await materialize(workspace.store, blob, path, 'clone');
    await writeFile(path, 'edited');
    assert.equal(await readFile(pathOfBlob(workspace, blob), 'utf8'), 'to edit');
    assert.equal((await stat(path)).mode & 0o200, 0o200);
  });

  it('links only when asked to', async () => {
    const blob = await putText(workspace, 'to link');
    const [copied, linked] = [join(folder, 'copied'), join(folder, 'linked')];
    await materialize(workspace.store, blob, copied, 'clone');
    await materialize(workspace.store, blob, linked, 'link');
    const {ino} = await stat(pathOfBlob(workspace, blob));
    assert.equal((await stat(linked)).ino, ino);
    assert.notEqual((await stat(copied)).ino, ino);
  });

  for (const mode of ['clone', 'link'] as const) {
    it(`leaves what is there untouched (${mode})`, async () => {
      const blob = await putText(workspace, 'not over this');
      const path = join(folder, `taken-${mode}`);
      await writeFile(path, 'mine');
      await assert.rejects(materialize(workspace.store, blob, path, mode), {code: 'usage.invalid'});
      await removeBlob(workspace, blob);
      await assert.rejects(materialize(workspace.store, blob, path, mode));
      assert.equal(await readFile(path, 'utf8'), 'mine');
    });

    it(`says that a blob is missing (${mode})`, async () => {
      const blob = await putText(workspace, 'gone');
      await removeBlob(workspace, blob);
      await assert.rejects(materialize(workspace.store, blob, join(folder, 'gone'), mode), {
        code: 'blob.missing',
      });
      assert.ok(!(await readdir(folder)).includes('gone'));
    });
  }

  it('leaves no copy of damaged bytes', async function () {
    const blob = await putText(workspace, 'to be damaged');
    await flipOneBit(workspace, blob);
    const shorter = {...blob, size: blob.size - 1};
    await assert.rejects(materialize(workspace.store, shorter, join(folder, 'damaged'), 'clone'), {
      code: 'blob.damaged',
    });
    assert.ok(!(await readdir(folder)).includes('damaged'));
  });
});
