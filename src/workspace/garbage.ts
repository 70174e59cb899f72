/** gc as the workspace sees it: what documents name is kept, whoever wrote them; the rest ages, then goes to the trash. */
import {
  dropIfEmpty,
  findInTrash,
  listBatches,
  listTrashedDocuments,
  makeBatch,
  type TrashBatch,
} from '../cas/trash/batches.ts';
import {expireBatches, restoreBatchBlobs} from '../cas/trash/trash.ts';
import {sweep, type References, type SweepOptions, type SweepReport} from '../cas/sweep/sweep.ts';
import type {Lease} from '../cas/catalog/leases.ts';
import type {BlobFacts} from '../cas/descriptor.ts';
import type {Digest} from '../cas/digest.ts';
import type {JournalEntry} from '../cas/journal.ts';
import type {Proof} from '../cas/catalog/blob-tables.ts';
import {isLostBlob} from '../cas/verified-read.ts';
import {CosmosError} from '../errors.ts';
import {isDocumentKind, type DocumentKind} from '../manifest/kinds.ts';
import {blobsIn} from '../manifest/references.ts';
import {runSteps, type StepTimes} from '../platform/steps.ts';
import {releaseAllParts} from '../runner/sharing/release.ts';
import {clearEndedJobs} from './ended-jobs.ts';
import {markReferenced} from './mark.ts';
import {findSharedName, type SharedName} from './prompts.ts';
import {restoreViews} from './trashed-views.ts';
import type {Workspace} from './workspace.ts';

export interface CollectReport extends SweepReport {
  draftsRemoved: number;
  /** Job folders of ended runs. */
  jobsCleared: number;
}

/** @throws CosmosError document.invalid when any document cannot be read: gc never guesses what it would have kept */
export async function collectGarbage(workspace: Workspace, options: SweepOptions): Promise<CollectReport> {
  const {documents, store} = workspace;
  const {isDryRun} = options;
  const before: StepTimes = isDryRun
    ? {}
    : await runSteps(
        {repeatIntents: () => documents.repeatLeftIntents(), releaseParts: releaseAllParts},
        workspace,
      );
  const references: References = {
    mark: () => markReferenced(workspace),
    isReferenced: (digest) => workspace.index.isReferenced(digest),
  };
  const report = await sweep(store, references, options);
  const removed = {draftsRemoved: 0, jobsCleared: 0};
  const after = await runSteps(
    {
      removeDrafts: async () => (removed.draftsRemoved = await documents.removeLeftovers(isDryRun)),
      clearJobs: async () => (removed.jobsCleared = await clearEndedJobs(workspace, isDryRun)),
    },
    undefined,
  );
  return {...report, ...removed, phases: {...before, ...report.phases, ...after}};
}

export interface UndoReport {
  batch: string;
  reason: string;
  blobs: number;
  bytes: number;
  documents: string[];
  /** Folders below outputs/. */
  views: string[];
  /** Documents and views that stayed in the trash because one of that name is there again. */
  inTheWay: string[];
  /** Prompts that came back with a name that another one was given meanwhile. */
  sharedNames: SharedName[];
  /** Blobs that the documents name and that are nowhere any more. */
  missing: Digest[];
}

/**
 * Brings back what a batch of the trash holds, by default the newest: blobs first, then the documents. Blobs that these
 * name come along from whatever batch they are in. All of it under a lease, so that a gc in between takes nothing.
 */
export async function undoTrash(workspace: Workspace, batchId?: string): Promise<UndoReport> {
  const batches = await listBatches(workspace.store.context);
  const batch = batchId === undefined ? batches.at(-1) : batches.find(({id}) => id === batchId);
  if (!batch) throw noBatch(batchId, batches);
  return workspace.leases.hold('bringing back what was deleted', (lease) =>
    undoBatch(workspace, batch, lease),
  );
}

async function undoBatch(workspace: Workspace, batch: TrashBatch, lease: Lease): Promise<UndoReport> {
  const blobs = await restoreBatchBlobs(workspace.store.context, batch);
  const report: UndoReport = {
    batch: batch.id,
    reason: batch.reason,
    blobs: blobs.length,
    bytes: blobs.reduce((sum, {size}) => sum + size, 0),
    documents: [],
    views: [],
    inTheWay: [],
    sharedNames: [],
    missing: [],
  };
  for (const [kind, file] of await listTrashedDocuments(batch)) {
    if (!isDocumentKind(kind)) continue;
    const named = blobsIn(await workspace.documents.readTrashed(kind, file, batch));
    for (const blob of named) if (!(await isKept(workspace, blob, lease))) report.missing.push(blob.digest);
    const isBack = await workspace.documents.restore(kind, file, batch);
    (isBack ? report.documents : report.inTheWay).push(`${kind}/${file}`);
  }
  const prompts = report.documents.flatMap((file) => /^prompts\/(.+)\.json$/.exec(file)?.[1] ?? []);
  report.sharedNames = prompts.flatMap((id) => findSharedName(workspace, id) ?? []);
  const views = await restoreViews(batch, workspace.outputs);
  report.views = views.back;
  report.inTheWay.push(...views.inTheWay);
  await dropIfEmpty(workspace.store.context, batch);
  return report;
}

async function isKept(workspace: Workspace, blob: BlobFacts, lease: Lease): Promise<boolean> {
  try {
    await workspace.store.keep([blob], lease);
    return true;
  } catch (error) {
    if (isLostBlob(error)) return false;
    throw error;
  }
}

function noBatch(wanted: string | undefined, batches: readonly TrashBatch[]): CosmosError {
  if (wanted === undefined) {
    return new CosmosError('id.unknown', 'The trash is empty: there is nothing to bring back.', {
      hint: 'What left the trash for good is named in storage/journal.',
    });
  }
  return new CosmosError('id.unknown', `The trash has no batch "${wanted}".`, {
    hint: `There are: ${batches.map(({id}) => id).join(', ') || 'none'}.`,
  });
}

/** Unlinks everything in the trash at once. Needs no free space. @returns bytes freed */
export async function purgeTrash(workspace: Workspace): Promise<{batches: number; freedBytes: number}> {
  const batches = await listBatches(workspace.store.context);
  const freedBytes = await expireBatches(workspace.store.context, batches, 'purged');
  return {batches: batches.length, freedBytes};
}

/**
 * Moves a document to the trash; its blobs stay until gc finds that nothing else names them.
 * @returns the batch that `gc undo` takes
 * @throws CosmosError document.missing, lease.held when a process drives the run
 */
export async function deleteDocument(workspace: Workspace, kind: DocumentKind, id: string): Promise<string> {
  await workspace.documents.readBytes(kind, id);
  const move = async (): Promise<string> => {
    const batch = await makeBatch(workspace.store.context, `deleted ${kind}/${id}`);
    await moveToTrash(workspace, {kind, id}, batch);
    return batch.id;
  };
  return workspace.leases.hold(`deleting ${id}`, move, kind === 'runs' ? id : null);
}

/** The caller holds the lease of a run. */
export async function moveToTrash(
  {journal, documents}: Workspace,
  {kind, id}: {kind: DocumentKind; id: string},
  batch: TrashBatch,
): Promise<void> {
  await journal.append('delete', {document: `${kind}/${id}`, batch: batch.id});
  await documents.remove(kind, id, batch);
}

export interface Explanation {
  digest: Digest;
  state: 'present' | 'in the trash' | 'absent';
  sizeBytes: number | null;
  /** Documents that name it. */
  namedBy: string[];
  /** Leases that announced it. */
  isAnnounced: boolean;
  storedAt: string | null;
  proof: Proof | null;
  trashBatch: string | null;
  /** What the journal tells about it, oldest first. */
  history: Pick<JournalEntry, 'at' | 'action' | 'actor' | 'reason'>[];
}

/** Why a blob lives, or what became of it. */
export async function explainBlob(workspace: Workspace, digest: Digest): Promise<Explanation> {
  const {context} = workspace.store;
  const present = await workspace.store.find(digest);
  const batch = present ? undefined : await findInTrash(context, digest);
  return {
    digest,
    state: present ? 'present' : batch ? 'in the trash' : 'absent',
    sizeBytes: present?.size ?? null,
    namedBy: workspace.index.listReferrers(digest).map(({kind, id}) => `${kind}/${id}`),
    isAnnounced: workspace.leases.isAnnounced(digest),
    storedAt: context.tables.ages.get(digest) ?? null,
    proof: context.tables.ledger.get(digest) ?? null,
    trashBatch: batch?.id ?? null,
    history: await historyOf(workspace, digest),
  };
}

async function historyOf(workspace: Workspace, digest: Digest): Promise<Explanation['history']> {
  const history: Explanation['history'] = [];
  for await (const entry of workspace.journal.entries()) {
    if (!digestsOf(entry).includes(digest)) continue;
    history.push({at: entry.at, action: entry.action, actor: entry.actor, reason: entry['reason'] ?? null});
  }
  return history;
}

function digestsOf(entry: JournalEntry): unknown[] {
  return Array.isArray(entry['digests']) ? entry['digests'] : [];
}
