/** Documents against schema and catalog, and who among them is hurt by what was found. */
import {CosmosError} from '../../errors.ts';
import {DOCUMENT_KINDS, type DocumentKind} from '../../manifest/kinds.ts';
import {blobsIn} from '../../manifest/references.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';
import {parseDocument} from '../../manifest/validate.ts';
import {isTerminal} from '../../runner/transitions.ts';
import {agreementOf} from '../agreement.ts';
import {Owners} from './owners.ts';
import {damage, type Verification} from './verification.ts';

/** Without word from its target for this long, a run is called stuck. */
const STUCK_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

export async function checkDocuments(run: Verification): Promise<void> {
  for (const [kind, id] of await listDocuments(run)) await checkDocument(run, kind, id);
}

/** Those that are looked at. */
async function listDocuments({workspace, options}: Verification): Promise<[DocumentKind, string][]> {
  if (options.run !== undefined) return [['runs', options.run]];
  const lists = DOCUMENT_KINDS.map(async (kind) => {
    const ids = await workspace.documents.listIds(kind);
    return ids.map((id): [DocumentKind, string] => [kind, id]);
  });
  return (await Promise.all(lists)).flat();
}

async function checkDocument(run: Verification, kind: DocumentKind, id: string): Promise<void> {
  const {documents, index} = run.workspace;
  const name = `${kind}/${id}`;
  run.report.documents += 1;
  try {
    const bytes = await documents.readBytes(kind, id);
    const document = await parseDocument(kind, bytes, documents.pathOf(kind, id), id);
    for (const {digest, size} of blobsIn(document)) if (!run.named.has(digest)) run.named.set(digest, size);
    if ('status' in document) checkProofOfLife(run, document);
    if (!index.isCurrent(kind, id, bytes) && (await agreementOf(run.workspace, kind, id)) === 'differs') {
      damage(run, {
        code: 'document.unindexed',
        message: `the catalog knows another version of ${name}, or none; "cosmos index rebuild" mends it`,
        documents: [name],
      });
    }
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error;
    if (error.code === 'document.missing' && (await agreementOf(run.workspace, kind, id)) !== 'vanished')
      return;
    damage(run, {code: 'document.invalid', message: error.message, documents: [name]});
  }
}

function checkProofOfLife(run: Verification, document: RunDocument): void {
  if (isTerminal(document.status)) return;
  const last = document.execution.lastProofAt ?? document.events.at(-1)?.at ?? document.createdAt;
  if (run.workspace.now() - Date.parse(last) < STUCK_AFTER_MS) return;
  damage(run, {
    code: 'run.stuck',
    message: `run ${document.id} has been ${document.status} without proof of life since ${last}; "cosmos status" looks at it, "cosmos cancel" ends it`,
    documents: [`runs/${document.id}`],
  });
}

/** Who is hurt: documents are read again, as damage is rare and a list of everybody would fill the memory. */
export async function nameOwners(run: Verification): Promise<void> {
  const {documents} = run.workspace;
  const owners = new Owners(run.report.damage);
  if (owners.isEmpty) return;
  for (const [kind, id] of await listDocuments(run))
    owners.see(`${kind}/${id}`, await documents.read(kind, id).catch(forgiveUnreadable));
  owners.tell();
}

/** Has been reported already. */
function forgiveUnreadable(error: unknown): undefined {
  if (!(error instanceof CosmosError)) throw error;
}
