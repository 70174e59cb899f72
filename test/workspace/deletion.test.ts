import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {listBatches} from '../../src/cas/trash/batches.ts';
import type {RunFile} from '../../src/manifest/types.gen.ts';
import {carryOut, findDeletable, planDeletion, type Deletion} from '../../src/workspace/deletion.ts';
import {collectGarbage, undoTrash} from '../../src/workspace/garbage.ts';
import {createPrompt} from '../../src/workspace/prompts.ts';
import {verify} from '../../src/workspace/verify/verify.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {describeDeletion, renderDeletion} from '../../src/views/deletion.ts';
import {makePin, makeRun, runId} from '../support/documents.ts';
import {closeWorkspaces, newWorkspace, NO_GRACE, putRef, putText} from '../support/workspace.ts';

after(closeWorkspaces);

const [FIRST, SECOND, OPEN, LOAD] = [runId(1), runId(2), runId(3), runId(4)];

describe('a deletion', () => {
  let workspace: Workspace;
  let files: Record<'scene' | 'shared' | 'own', RunFile>;
  let view = '';

  beforeEach(async () => {
    workspace = await newWorkspace();
    const scene = await putRef(workspace, 'city', 'a colour pass');
    const [shared, own] = [
      await putText(workspace, 'of both runs'),
      await putText(workspace, 'of the first'),
    ];
    const file = (name: string, blob: typeof scene): RunFile => ({...blob, name, role: 'extra'});
    files = {
      scene: file('color.txt', scene),
      shared: file('shared.txt', shared),
      own: file('output.txt', own),
    };
    const {documents} = workspace;
    await documents.create(
      'runs',
      makeRun(FIRST, {
        status: 'completed',
        kind: 'custom',
        inputs: [files.scene],
        outputs: [files.shared, files.own],
      }),
    );
    await documents.create(
      'runs',
      makeRun(SECOND, {status: 'completed', kind: 'custom', outputs: [files.shared]}),
    );
    const createdAt = new Date().toISOString();
    await documents.create('runs', makeRun(OPEN, {status: 'running', createdAt}));
    const members = [FIRST, OPEN, runId(900)];
    await documents.create('runs', makeRun(LOAD, {status: 'completed', kind: 'load', members}));
    view = join(workspace.outputs, `run_${FIRST}`);
    await mkdir(view, {recursive: true});
    await writeFile(join(view, 'note.txt'), 'mine');
  });

  const remove = async (...texts: string[]): Promise<Deletion> =>
    carryOut(
      workspace,
      await planDeletion(
        workspace,
        texts.map((text) => findDeletable(workspace, text)),
      ),
    );

  it('does to the letter what its plan says', async () => {
    const named = [FIRST, SECOND].map((text) => findDeletable(workspace, text));
    const plan = await planDeletion(workspace, named);
    assert.deepEqual(plan.documents, [
      {kind: 'runs', id: FIRST, view},
      {kind: 'runs', id: SECOND, view: null},
    ]);
    assert.deepEqual(plan.garbage.map(({name}) => name).toSorted(), ['output.txt', 'shared.txt']);
    assert.deepEqual(
      plan.kept.map(({name, namedBy}) => [name, namedBy]),
      [['color.txt', ['refs/city']]],
    );
    assert.equal(workspace.index.has('runs', FIRST), true, 'a plan changes nothing');
    const {batch, leftViews, ...done} = await carryOut(workspace, plan);
    assert.deepEqual(done, plan);
    assert.deepEqual(leftViews, []);
    assert.deepEqual([workspace.index.has('runs', FIRST), existsSync(view)], [false, false]);
    const {condemned} = await collectGarbage(workspace, NO_GRACE);
    assert.deepEqual(
      condemned.map(({digest}) => digest).toSorted(),
      plan.garbage.map(({digest}) => digest).toSorted(),
    );
    const undone = await undoTrash(workspace, batch ?? undefined);
    assert.deepEqual(undone.missing, [], 'also what gc took meanwhile comes back');
    assert.deepEqual(undone.documents.toSorted(), [`runs/${FIRST}.json`, `runs/${SECOND}.json`]);
    assert.equal(await readFile(join(view, 'note.txt'), 'utf8'), 'mine');
    assert.deepEqual((await verify(workspace, {isDeep: true, isStrict: false, workers: 1})).damage, []);
  });

  it('keeps what a run has in common with others', async () => {
    const {garbage, kept} = await remove(SECOND);
    assert.deepEqual(garbage, []);
    assert.deepEqual(
      kept.map(({namedBy}) => namedBy),
      [[`runs/${FIRST}`]],
    );
    assert.deepEqual((await collectGarbage(workspace, NO_GRACE)).condemned, []);
  });

  it('counts once what is named twice', async () => {
    const {documents} = await remove(FIRST, FIRST, 'CITY', 'city');
    assert.deepEqual(
      documents.map(({id}) => id),
      [FIRST, 'city'],
    );
  });

  for (const [label, last, code] of [
    ['goes on', OPEN, 'usage.invalid'],
    ['is pinned', SECOND, 'usage.invalid'],
    ['has what others wait for', LOAD, 'usage.invalid'],
    ['is nowhere', 'nothing', 'id.unknown'],
  ] as const)
    it(`deletes nothing when one of several ${label}`, async () => {
      await workspace.documents.create('pins', {...makePin('client'), run: SECOND});
      await assert.rejects(remove(FIRST, last), {code, hint: /Nothing was deleted/});
      assert.equal(workspace.index.has('runs', FIRST), true);
      assert.deepEqual(await listBatches(workspace.store.context), []);
    });

  it('moves nothing while somebody is at work on one', async () => {
    const lease = await workspace.leases.acquire('driving', SECOND);
    await assert.rejects(remove(FIRST, SECOND), {code: 'lease.held'});
    assert.equal(workspace.index.has('runs', FIRST), true);
    assert.deepEqual(await listBatches(workspace.store.context), []);
    await lease.release();
    assert.equal((await remove(FIRST, SECOND)).documents.length, 2);
  });

  it('says what goes, what stays, and how it comes back', async () => {
    const {prompt} = await createPrompt(workspace, {text: 'snow', negative: null});
    const named = [findDeletable(workspace, FIRST), {kind: 'prompts' as const, id: prompt.id}];
    const plan = await planDeletion(workspace, named);
    const described = describeDeletion(plan, workspace.index);
    const text = renderDeletion(await carryOut(workspace, plan), described).join('\n');
    assert.match(text, /^Moved to the trash: 2 documents\n {2}rs_\w+ {2}.*completed.*with its folder/);
    assert.match(
      text,
      /no run used it\nGarbage afterwards, which "cosmos gc" collects: 1 file, 12 bytes\n {2}output.txt {2}12 bytes\n/,
    );
    assert.match(
      text,
      /Stay, as others name them too: 2 files\n {2}color.txt {2}refs\/city\n {2}shared.txt {2}runs\/rs_/,
    );
    assert.match(text, /\nBring it back with: cosmos gc undo \S+$/);
  });
});
