/** What is done before the power is cut, and what holds afterwards because the program has said so. */
import assert from 'node:assert/strict';
import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Digest} from '../../src/cas/digest.ts';
import type {JournalEntry} from '../../src/cas/journal.ts';
import {findInTrash, listBatches} from '../../src/cas/trash/batches.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {OPERATIONS, type Operation} from '../crash/operations.ts';
import {blobFile, sha256} from '../support/workspaces.ts';

/** What was promised, and where: a workspace on a disk that has lost its power. */
export interface Promised {
  workspace: Workspace;
  cwd: string;
  runs: readonly RunDocument[];
  stdout: string;
}

export interface Acknowledged extends Operation {
  /** What it has said holds, beyond what holds after every operation. @returns how many acknowledged things were looked at */
  holds: (promised: Promised) => Promise<number>;
}

const PIN: Operation = {name: 'pin', args: ['pin', '{0}', '--name', 'keep'], done: /^Pinned as keep/m};

/** Of a group, whose members are all synced alike. */
const GROUP = 2;

/** By the files alone: the bytes have their digest, a ref names it, and the journal tells of it. */
async function putIsThere({cwd, stdout}: Promised): Promise<number> {
  const said = Array.from(stdout.matchAll(/^sha256:[0-9a-f]{64}/gm), ([digest]) => digest);
  assert.ok(said.length > 0);
  const folder = join(cwd, 'manifests', 'refs');
  const refs = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  const journal = join(cwd, 'storage', 'journal');
  const months = await Promise.all(
    (await readdir(journal)).map((name) => readFile(join(journal, name), 'utf8')),
  );
  for (const digest of said) {
    assert.ok(
      months.some((text) => text.includes(digest)),
      'the journal does not tell of it',
    );
    assert.equal(`sha256:${sha256(await readFile(blobFile(cwd, digest)))}`, digest, 'other bytes');
    assert.ok(
      refs.some((text) => text.includes(digest)),
      'no ref names what was put',
    );
  }
  return said.length;
}

function outputOf([run]: readonly RunDocument[]): Digest {
  return run?.outputs.find(({name}) => name === 'copy.txt')?.digest as Digest;
}

/** By so many lines of this kind, of which there was none before the operation. */
async function assertTold({store}: Workspace, action: JournalEntry['action'], lines = 1): Promise<void> {
  let told = 0;
  for await (const entry of store.context.journal.entries()) if (entry.action === action) told += 1;
  assert.equal(told, lines, 'the journal does not tell of it');
}

/** What `gc undo` shows of each. */
async function assertRecorded({store}: Workspace): Promise<void> {
  for (const {reason} of await listBatches(store.context))
    assert.doesNotMatch(reason, /^unknown/, 'the record of a batch is empty');
}

const HOLDS: Record<string, Acknowledged['holds']> = {
  'put, one blob': putIsThere,
  'put, a group': putIsThere,
  'put, there already': putIsThere,
  'document rewritten': async ({workspace, runs: [run]}) => {
    const {rating} = await workspace.documents.read('runs', run?.id ?? '');
    assert.equal(rating, 4, 'the rating is lost');
    return 1;
  },
  pin: async ({workspace}) => {
    assert.ok((await workspace.documents.listIds('pins')).includes('keep'), 'the pin is lost');
    assert.equal((await workspace.documents.read('pins', 'keep')).name, 'keep');
    return 1;
  },
  delete: async ({workspace, runs: [run]}) => {
    const id = run?.id ?? '';
    assert.ok(!(await workspace.documents.listIds('runs')).includes(id), 'the run is back');
    const trashed = await readdir(join(workspace.store.context.paths.trash), {recursive: true});
    assert.ok(
      trashed.some((name) => name.endsWith(`${id}.json`)),
      'the run is not in the trash',
    );
    await assertRecorded(workspace);
    await assertTold(workspace, 'delete');
    return 1;
  },
  'gc, to the trash': async ({workspace, runs}) => {
    const {store} = workspace;
    assert.equal(await store.find(outputOf(runs)), undefined, 'the blob is back');
    assert.ok(await findInTrash(store.context, outputOf(runs)), 'the blob is gone');
    await assertRecorded(workspace);
    await assertTold(workspace, 'condemn');
    return 1;
  },
  'gc, trash emptied': async ({workspace}) => {
    assert.deepEqual(await listBatches(workspace.store.context), [], 'the trash is back');
    // One for each batch.
    await assertTold(workspace, 'expire', 2);
    return 1;
  },
  'gc undo': async ({workspace, cwd, runs}) => {
    assert.ok(await workspace.store.find(outputOf(runs)), 'the blob is back in the trash');
    const digest = sha256(await readFile(blobFile(cwd, outputOf(runs))));
    assert.equal(`sha256:${digest}`, outputOf(runs), 'other bytes');
    await assertTold(workspace, 'restore');
    return 1;
  },
};

export const ACKNOWLEDGED: readonly Acknowledged[] = [...OPERATIONS, PIN].flatMap((operation) => {
  const holds = HOLDS[operation.name];
  if (!holds) return [];
  const {name, args} = operation;
  return [{...operation, holds, args: name === 'put, a group' ? args.slice(0, 2 + GROUP) : args}];
});

/** The mark of a file that got its name before its bytes. */
export async function assertNoEmptyDocument(cwd: string): Promise<void> {
  for (const name of await readdir(join(cwd, 'manifests'), {recursive: true}))
    if (name.endsWith('.json'))
      assert.ok((await stat(join(cwd, 'manifests', name))).size > 0, `${name} is empty`);
}
