import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {ensureView} from '../../src/runner/view.ts';
import {initWorkspace} from '../../src/workspace/init.ts';
import {makeRun, runId} from '../support/documents.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {closeWorkspaces, newWorkspace, putText} from '../support/workspace.ts';

after(closeWorkspaces);

describe('a view of a document that somebody changed', () => {
  for (const name of ['../../outside.txt', '/outside.txt', 'a/../../../outside.txt', 'a//b.txt', './b.txt'])
    it(`writes nothing for a file named ${name}`, async () => {
      const parent = await temporaryFolder('views');
      const workspace = await newWorkspace(await initWorkspace(join(parent, 'films')));
      const {store, outputs} = workspace;
      const [good, bad] = [await putText(workspace, 'good'), await putText(workspace, 'bad')];
      const run = makeRun(runId(1), {
        outputs: [
          {...good, name: 'good.txt', role: 'extra'},
          {...bad, name, role: 'extra'},
        ],
      });
      await assert.rejects(ensureView(store, run, outputs, 'clone'), {code: 'document.invalid'});
      assert.deepEqual(await readdir(outputs), []);
      assert.deepEqual(await readdir(parent), ['films']);
      assert.ok(!existsSync('/outside.txt'));
    });

  it('has the files of folders below it', async () => {
    const workspace = await newWorkspace();
    const blob = await putText(workspace, 'deep');
    const run = makeRun(runId(1), {outputs: [{...blob, name: 'a/b/deep.txt', role: 'extra'}]});
    const folder = await ensureView(workspace.store, run, workspace.outputs, 'clone');
    assert.equal(await readFile(join(folder, 'a', 'b', 'deep.txt'), 'utf8'), 'deep');
  });
});
