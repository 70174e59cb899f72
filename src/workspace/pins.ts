/** Pins: what a person keeps, whatever gc and deletion think. */
import {parseDigest} from '../cas/digest.ts';
import {missingBlob} from '../cas/memory.ts';
import {CosmosError} from '../errors.ts';
import {parseName} from '../manifest/names.ts';
import type {PinDocument} from '../manifest/types.gen.ts';
import {isoTime} from '../platform/clock.ts';
import {blobsIn} from '../manifest/references.ts';
import {deleteDocument} from './garbage.ts';
import type {Workspace} from './workspace.ts';

export interface PinRequest {
  /** A run (id, prefix or alias) or a digest. */
  what: string;
  name: string | undefined;
  owner: string;
  reason: string | null;
}

/** Pins a run with everything that it names, or one blob. @throws CosmosError id.unknown, blob.missing, document.exists */
export async function pin(workspace: Workspace, request: PinRequest): Promise<PinDocument> {
  const isBlob = request.what.startsWith('sha256:');
  const run = isBlob ? null : workspace.index.resolve('runs', request.what);
  const name = parseName(request.name ?? (run === null ? `blob-${request.what.slice(7, 19)}` : run), 'pin');
  return workspace.leases.hold('pinning', async (lease) => {
    const blobs =
      run === null
        ? [await findBlob(workspace, request.what)]
        : blobsIn(await workspace.documents.read('runs', run));
    await workspace.store.keep(blobs, lease);
    const document: PinDocument = {
      schema: 'cosmos/pin/v1',
      name,
      createdAt: isoTime(workspace.now()),
      owner: request.owner,
      reason: request.reason,
      run,
      blobs: blobs.map(({digest, size}) => ({digest, size})),
    };
    await workspace.documents.create('pins', document).catch((error: unknown) => {
      throw explainTaken(error, name);
    });
    return document;
  });
}

function explainTaken(error: unknown, name: string): unknown {
  if (!(error instanceof CosmosError && error.code === 'document.exists')) return error;
  return new CosmosError('document.exists', `There is a pin "${name}" already.`, {
    hint: `Nothing was changed. Give another name with --name, or let go of that one first: cosmos unpin ${name}`,
    cause: error,
    facts: error.facts,
  });
}

/** Lets go of a pin, named by itself or by what it keeps. @returns the names of the pins that went */
export async function unpin(workspace: Workspace, what: string): Promise<string[]> {
  const pins = await listPins(workspace);
  const found = pins.filter(
    ({name, run, blobs}) =>
      name === what ||
      run === resolvedRun(workspace, what) ||
      blobs.some(({digest}) => run === null && digest === what),
  );
  if (found.length === 0) {
    throw new CosmosError('id.unknown', `Nothing is pinned as "${what}".`, {
      hint: `Pins of this workspace: ${pins.map(({name}) => name).join(', ') || 'none'}.`,
    });
  }
  for (const {name} of found) await deleteDocument(workspace, 'pins', name);
  return found.map(({name}) => name);
}

export async function listPins({documents, index}: Workspace): Promise<PinDocument[]> {
  return Promise.all(index.listIds('pins').map((name) => documents.read('pins', name)));
}

async function findBlob(
  {store}: Workspace,
  text: string,
): Promise<{digest: ReturnType<typeof parseDigest>; size: number}> {
  const digest = parseDigest(text);
  const found = await store.find(digest);
  if (!found) throw missingBlob(digest);
  return found;
}

function resolvedRun({index}: Workspace, text: string): string | undefined {
  try {
    return index.resolve('runs', text);
  } catch (error) {
    if (error instanceof CosmosError) return undefined;
    throw error;
  }
}
