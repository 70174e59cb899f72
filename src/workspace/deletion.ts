/**
 * Deleting what people name: a plan that says all of it, and the same plan carried out. All that one plan names goes into one
 * batch of the trash: documents, and the folders of runs below outputs/. Blobs are gc's.
 */
import type {Lease} from '../cas/catalog/leases.ts';
import {makeBatch} from '../cas/trash/batches.ts';
import {CosmosError} from '../errors.ts';
import type {RunSummary} from '../manifest/index/derive.ts';
import type {DocumentKind} from '../manifest/kinds.ts';
import {blobsIn, type NamedBlob} from '../manifest/references.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {exists} from '../platform/publish.ts';
import {isTerminal} from '../runner/transitions.ts';
import {viewFolder} from '../runner/view.ts';
import {moveToTrash} from './garbage.ts';
import {listPins} from './pins.ts';
import {trashView} from './trashed-views.ts';
import type {Workspace} from './workspace.ts';

export interface NamedDocument {
  kind: Extract<DocumentKind, 'runs' | 'refs' | 'prompts'>;
  id: string;
}

export interface DeletedDocument extends NamedDocument {
  /** The folder below outputs/ that goes along; null when there is none. */
  view: string | null;
}

export interface KeptBlob extends NamedBlob {
  /** `refs/city`. */
  namedBy: string[];
}

export interface DeletionPlan {
  documents: DeletedDocument[];
  /** Nothing names them afterwards; gc moves them to the trash when they are old enough. */
  garbage: NamedBlob[];
  /** Other documents name them too. */
  kept: KeptBlob[];
}

export interface Deletion extends DeletionPlan {
  /** What `gc undo` takes; null when nothing was deleted. */
  batch: string | null;
  /** Views that could not be moved to the trash and were left where they are. */
  leftViews: string[];
}

/** A run by id, a unique beginning of it or an alias, else a ref by its name. @throws CosmosError id.unknown, id.ambiguous */
export function findDeletable(workspace: Workspace, text: string): NamedDocument {
  const {index} = workspace;
  try {
    return {kind: 'runs', id: index.resolve('runs', text)};
  } catch (error) {
    if (!(error instanceof CosmosError && error.code === 'id.unknown')) throw error;
    const lower = text.toLowerCase();
    const ref = index.listIds('refs').find((id) => id.toLowerCase() === lower);
    if (ref !== undefined) return {kind: 'refs', id: ref};
    throw new CosmosError('id.unknown', `There is no run and no ref "${text}" in this workspace.`, {
      hint: 'Nothing was deleted. List the runs with "cosmos list --all"; refs are the files in manifests/refs. A pin is let go of with "cosmos unpin".',
      facts: {id: text},
    });
  }
}

/** @throws CosmosError usage.invalid for a run that goes on or is pinned, document.missing */
export async function planDeletion(
  workspace: Workspace,
  named: readonly NamedDocument[],
): Promise<DeletionPlan> {
  const keys = new Set(named.map(keyOf));
  const documents: DeletedDocument[] = [];
  const blobs = new Map<string, NamedBlob>();
  for (const {kind, id} of named) {
    if (documents.some((each) => each.kind === kind && each.id === id)) continue;
    const document = await workspace.documents.read(kind, id);
    if (kind === 'runs') await refuseNeeded(workspace, document as RunDocument);
    for (const blob of blobsIn(document)) blobs.set(blob.digest, blob);
    documents.push({kind, id, view: kind === 'runs' ? await viewOf(workspace, id) : null});
  }
  const kept: KeptBlob[] = [];
  const garbage: NamedBlob[] = [];
  for (const blob of blobs.values()) {
    const namedBy = workspace.index
      .listReferrers(blob.digest)
      .map(keyOf)
      .filter((key) => !keys.has(key));
    if (namedBy.length > 0) kept.push({...blob, namedBy});
    else garbage.push(blob);
  }
  return {documents, garbage, kept};
}

function keyOf({kind, id}: {kind: DocumentKind; id: string}): string {
  return `${kind}/${id}`;
}

async function viewOf({outputs}: Workspace, id: string): Promise<string | null> {
  const view = viewFolder(outputs, id);
  return (await exists(view)) ? view : null;
}

async function refuseNeeded(workspace: Workspace, {id, status, members = []}: RunDocument): Promise<void> {
  if (!isTerminal(status))
    throw new CosmosError('usage.invalid', `Run ${id} has not ended: it is ${status}.`, {
      hint: 'Nothing was deleted. Wait for it, or stop it with "cosmos cancel".',
    });
  const waiting = members.filter((member) => isOpen(workspace.index.getRun(member)));
  if (waiting.length > 0)
    throw new CosmosError('usage.invalid', `Run ${id} has what others wait for: ${waiting.join(', ')}.`, {
      hint: 'Nothing was deleted. "cosmos status" lets them take it; then this one can go.',
    });
  const pin = (await listPins(workspace)).find(({run}) => run === id);
  const why = pin?.reason ? ` (${pin.reason})` : '';
  if (pin)
    throw new CosmosError('usage.invalid', `Run ${id} is pinned as "${pin.name}" by ${pin.owner}${why}.`, {
      hint: `Nothing was deleted. Let go of it first: cosmos unpin ${pin.name}`,
    });
}

function isOpen(run: RunSummary | undefined): boolean {
  return run !== undefined && !isTerminal(run.status);
}

/**
 * Carries out what was planned: each document first, then its view.
 * @throws CosmosError lease.held, before anything is moved
 */
export async function carryOut(workspace: Workspace, plan: DeletionPlan): Promise<Deletion> {
  const runs = plan.documents.filter(({kind}) => kind === 'runs');
  const leases: Lease[] = [];
  try {
    for (const {id} of runs) leases.push(await workspace.leases.acquire(`deleting ${id}`, id));
    return await move(workspace, plan);
  } finally {
    for (const lease of leases) await lease.release();
  }
}

async function move(workspace: Workspace, plan: DeletionPlan): Promise<Deletion> {
  const {documents} = plan;
  const batch = await makeBatch(workspace.store.context, `deleted ${documents.map(keyOf).join(', ')}`);
  const leftViews: string[] = [];
  for (const {kind, id, view} of documents) {
    await moveToTrash(workspace, {kind, id}, batch);
    if (view !== null && !(await trashView(view, batch))) leftViews.push(view);
  }
  return {...plan, batch: batch.id, leftViews};
}
