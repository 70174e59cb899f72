/** `index rebuild`: the catalog made again from documents and blobs. Refuses while anybody works in the workspace. */
import {endOf} from '../cas/catalog/leases.ts';
import {CosmosError} from '../errors.ts';
import {describeProcess} from '../platform/process-identity.ts';
import {DOCUMENT_KINDS} from '../manifest/kinds.ts';
import {vanishedOf} from './agreement.ts';
import {replaceCatalog, type RebuildReport} from './open-catalog.ts';
import type {Workspace} from './workspace.ts';

/** Closes the workspace. What was proven stays known; leases and intents there are none. @throws CosmosError lease.held */
export async function rebuildIndex(workspace: Workspace): Promise<RebuildReport> {
  const {store, leases, documents, now} = workspace;
  const [living] = leases.listLiving();
  if (living) {
    throw new CosmosError(
      'lease.held',
      `${describeProcess(living.holder)} is at work in this workspace: ${living.purpose}.`,
      {
        hint: `Wait for it or end it, then rebuild. ${endOf(living)}.`,
        facts: {lease: living.id, holder: living.holder},
      },
    );
  }
  const {catalog, paths} = store.context;
  try {
    const gone = await listGone(workspace);
    return {...(await replaceCatalog({paths, manifests: documents.folder, now}, catalog)), gone};
  } finally {
    await workspace.close();
  }
}

/** As `kind/id`. Nobody knows them any more afterwards, and gc may take what they named. */
async function listGone(workspace: Workspace): Promise<string[]> {
  const gone: string[] = [];
  for (const kind of DOCUMENT_KINDS) {
    const files = await workspace.documents.listIds(kind);
    for await (const id of vanishedOf(workspace, kind, files)) gone.push(`${kind}/${id}`);
  }
  return gone;
}
