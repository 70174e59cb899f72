/**
 * The order in which things reach the disk, as the system saw it: for a put, a change of a document, a deletion, gc and its
 * undo. That a step is there, and where, is what makes a crash harmless: one that is left out or moved fails here.
 */
import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {collectGarbage, deleteDocument} from '../../src/workspace/garbage.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {makeRun, runId} from '../support/documents.ts';
import {placeInWorkspace} from '../support/places.ts';
import {hasStrace, traceCalls, type Call} from '../support/strace.ts';
import {
  closeWorkspace,
  newWorkspace,
  newWorkspaceFolder,
  NO_GRACE,
  putRef,
  putText,
} from '../support/workspace.ts';

const CALLS = 'openat write pwrite64 link rename unlink mkdir fsync fdatasync'.split(' ');
/** What gc looks at, in an order that matters. */
const LISTED = ['the folder of a document', 'the folder of those folders'];
const RUN = runId(1);

/** What cosmos does to the workspace, in words; what it repeats at once is said once. */
async function stepsOf(args: readonly string[], cwd: string): Promise<string[]> {
  const calls = await traceCalls(args, cwd, CALLS);
  const steps = calls.flatMap((call) => stepOf(call, cwd) ?? []);
  return steps.filter((step, index) => step !== steps[index - 1]);
}

/** Undefined for what does not matter to the order. */
function stepOf({name, path, line}: Call, cwd: string): string | undefined {
  const [from = '', to = ''] = Array.from(line.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, word = '']) => word);
  const about = placeInWorkspace(cwd, path) ?? placeInWorkspace(cwd, from);
  if (about === undefined || / = -1 E/.test(line)) return undefined;
  if (name === 'openat') return openingOf(line, about);
  if (name === 'write' || name === 'pwrite64') return noteOf(path, line);
  if (name === 'unlink' && !from.endsWith('.part')) return undefined;
  const aim = placeInWorkspace(cwd, to);
  return `${name.replace('fdata', 'f').replace('fsync', 'sync')} ${about}${aim === undefined ? '' : ` to ${aim}`}`;
}

/** New files, whose names nobody else may have, and listings. */
function openingOf(line: string, about: string): string | undefined {
  if (line.includes('O_DIRECTORY')) return LISTED.includes(about) ? `list ${about}` : undefined;
  if (!line.includes('.part')) return undefined;
  return `make ${about}${line.includes('O_EXCL') ? ', exclusive' : ''}${/0444\)/.test(line) ? ', read-only' : ''}`;
}

/** What transactions and the journal say of themselves. */
function noteOf(path: string, line: string): string | undefined {
  const member = path.endsWith('.ndjson') ? 'action' : /\/holder-[^/]*$/.test(path) ? 'purpose' : undefined;
  if (member === undefined) return undefined;
  const said = new RegExp(`\\\\"${member}\\\\":\\\\"([^\\\\]*)`).exec(line)?.[1] ?? '';
  return member === 'action' ? `journal: ${said}` : `transaction: ${said}`;
}

async function prepared(
  work: (workspace: Workspace) => Promise<unknown> = () => Promise.resolve(),
): Promise<string> {
  const root = await newWorkspaceFolder();
  const workspace = await newWorkspace(root);
  await work(workspace);
  await closeWorkspace(workspace);
  return root;
}

async function storeRun({documents}: Workspace): Promise<void> {
  await documents.create('runs', makeRun(RUN, {status: 'completed'}));
}

describe('the order in which things reach the disk', function () {
  this.timeout(120_000);
  before(function () {
    if (!hasStrace()) this.skip();
  });

  it('of a put', async () => {
    const root = await prepared();
    await writeFile(join(root, 'new.txt'), 'new bytes\n');
    assert.deepEqual(await stepsOf(['blob', 'put', 'new.txt', '--name', 'new'], root), [
      'transaction: lease for storing files',
      'sync the catalog',
      'make the bytes of a blob, exclusive, read-only',
      'sync the bytes of a blob',
      'journal: put',
      'sync the journal',
      'sync the folder of the journal',
      'transaction: announcing blobs',
      'sync the catalog',
      'mkdir the folder of a blob',
      'sync the folder of those folders',
      'link the bytes of a blob to a blob',
      'unlink the bytes of a blob',
      'sync the folder of a blob',
      'transaction: recording blobs',
      'sync the catalog',
      'transaction: intent for refs/new',
      'sync the catalog',
      'make the bytes of a document, exclusive',
      'sync the bytes of a document',
      'transaction: writing refs/new',
      'list the folder of a document',
      'rename the bytes of a document to a document',
      'sync the folder of a document',
      'sync the catalog',
      'transaction: releasing a lease',
      'sync the catalog',
    ]);
  });

  it('of a change of a document', async () => {
    const root = await prepared(storeRun);
    assert.deepEqual(await stepsOf(['rate', RUN, '4'], root), [
      'transaction: intent for runs/rs_00000000000000000000000000000001',
      'sync the catalog',
      'make the bytes of a document, exclusive',
      'sync the bytes of a document',
      'transaction: writing runs/rs_00000000000000000000000000000001',
      'rename the bytes of a document to a document',
      'sync the folder of a document',
      'sync the catalog',
    ]);
  });

  it('of a deletion', async () => {
    const root = await prepared(storeRun);
    assert.deepEqual(await stepsOf(['delete', RUN], root), [
      'transaction: lease for deleting rs_00000000000000000000000000000001',
      'sync the catalog',
      'transaction: beginning a batch of the trash',
      'mkdir the folder of a batch of the trash',
      'mkdir the folder of trashed blobs',
      'sync the record of a batch',
      'sync the folder of a batch of the trash',
      'sync the folder of the trash',
      'mkdir the folder of the folders of trashed documents',
      'sync the folder of a batch of the trash',
      'sync the folder of the trash',
      'journal: delete',
      'sync the journal',
      'sync the folder of the journal',
      'transaction: intent for runs/rs_00000000000000000000000000000001',
      'sync the catalog',
      'transaction: moving runs/rs_00000000000000000000000000000001 to the trash',
      'mkdir the folder of trashed documents',
      'sync the folder of the folders of trashed documents',
      'sync the folder of a batch of the trash',
      'sync the folder of the trash',
      'rename a document to a trashed document',
      'sync the folder of trashed documents',
      'sync the folder of a document',
      'sync the catalog',
      'transaction: releasing a lease',
      'sync the catalog',
    ]);
  });

  it('of gc', async () => {
    const root = await prepared(async (workspace) => {
      await putRef(workspace, 'kept', 'kept');
      await putText(workspace, 'not kept');
    });
    assert.deepEqual(await stepsOf(['gc', '--grace', '0'], root), [
      'transaction: ending the leases of dead processes',
      'list the folder of a document',
      'list the folder of those folders',
      'transaction: beginning a batch of the trash',
      'mkdir the folder of a batch of the trash',
      'mkdir the folder of trashed blobs',
      'sync the record of a batch',
      'sync the folder of a batch of the trash',
      'sync the folder of the trash',
      'mkdir the folder of the folders of trashed documents',
      'sync the folder of a batch of the trash',
      'sync the folder of the trash',
      'journal: condemn',
      'sync the journal',
      'transaction: moving blobs to the trash',
      'rename a blob to a trashed blob',
      'sync the folder of trashed blobs',
      'sync the catalog',
      'sync the folder of a blob',
      'transaction: removing leftover ingests',
      'transaction: removing leftover drafts',
      'list the folder of a document',
    ]);
  });

  it('of taking back a deletion, after gc', async () => {
    let batch = '';
    const root = await prepared(async (workspace) => {
      await putRef(workspace, 'kept', 'kept');
      batch = await deleteDocument(workspace, 'refs', 'kept');
      await collectGarbage(workspace, NO_GRACE);
    });
    assert.deepEqual(await stepsOf(['gc', 'undo', batch], root), [
      'transaction: lease for bringing back what was deleted',
      'sync the catalog',
      'transaction: announcing blobs',
      'sync the catalog',
      'sync the folder of those folders',
      'journal: restore',
      'sync the journal',
      'transaction: taking blobs out of the trash',
      'rename a trashed blob to a blob',
      'sync the folder of a blob',
      'sync the catalog',
      'transaction: intent for refs/kept',
      'sync the catalog',
      'transaction: taking refs/kept out of the trash',
      'list the folder of a document',
      'rename a trashed document to a document',
      'sync the folder of a document',
      'sync the catalog',
      'transaction: dropping an empty batch of the trash',
      'transaction: releasing a lease',
      'sync the catalog',
    ]);
  });

  it('of emptying the trash', async () => {
    const root = await prepared(async (workspace) => {
      await putText(workspace, 'not kept');
      await collectGarbage(workspace, NO_GRACE);
    });
    assert.deepEqual(await stepsOf(['gc', '--purge', '--yes'], root), [
      'journal: expire',
      'sync the journal',
      'transaction: emptying the trash',
      'sync the folder of the trash',
    ]);
  });
});
