/**
 * Verification: documents against schema and catalog, every blob that they name present and of the right size, orphans
 * both ways, stuck runs, leftovers; deep re-reads and re-hashes every byte, every time, unless less was asked for. In named
 * steps.
 */
import type {BlobFacts} from '../../cas/descriptor.ts';
import type {Digest} from '../../cas/digest.ts';
import {listDue} from '../../cas/scrub/due.ts';
import {scrub} from '../../cas/scrub/scrub.ts';
import {CosmosError} from '../../errors.ts';
import {DOCUMENT_KINDS, type DocumentKind} from '../../manifest/kinds.ts';
import {blobsIn, type NamedBlob} from '../../manifest/references.ts';
import {parseDocument} from '../../manifest/validate.ts';
import {runSteps} from '../../platform/steps.ts';
import {isTerminal} from '../../runner/transitions.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';
import {agreementOf, missingOf} from '../agreement.ts';
import type {Workspace} from '../workspace.ts';
import {coverageOf} from './coverage.ts';
import {listLeftovers} from './leftovers.ts';
import {repairDamage, type Repairer} from './repair-damage.ts';
import {emptyReport, type Finding, type VerifyReport} from './report.ts';

export interface VerifyOptions {
  isDeep: boolean;
  /** Only what this run names. */
  run?: string | undefined;
  workers: number;
  /** Of a deep one: what was proven within this time is not read again, milliseconds. */
  maxAgeMs?: number | undefined;
  /** Of a deep one: nothing is begun later than this, milliseconds; large blobs are left in the middle. */
  budgetMs?: number | undefined;
  /** Of a deep one: the part of the blobs that is hashed by another implementation too, 0 to 1. */
  crossCheck?: number | undefined;
  /** Brings back what can be, of blobs that are damaged or missing; absent: nothing is repaired. */
  repair?: Repairer | undefined;
  /** Notices count as damage. */
  isStrict: boolean;
  onProgress?: ((bytesHashed: number, totalBytes: number) => void) | undefined;
  /** Stops reading; what was proven by then is kept and reported. */
  signal?: AbortSignal | undefined;
}

interface Verification {
  workspace: Workspace;
  options: VerifyOptions;
  /** Blobs on disk that are looked at. */
  blobs: Map<Digest, number>;
  /** What documents name: size, and who. */
  named: Map<Digest, {size: number; documents: string[]; labels: string[]}>;
  damaged: Set<Digest>;
  report: VerifyReport;
}

const STEPS = {
  checkDocuments,
  listBlobs,
  hashBlobs,
  checkReferences,
  mendDamage,
  checkCatalog,
  findLeftovers,
};

/** Without word from its target for this long, a run is called stuck. */
const STUCK_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

export async function verify(workspace: Workspace, options: VerifyOptions): Promise<VerifyReport> {
  const started = workspace.now();
  const run: Verification = {
    workspace,
    options,
    blobs: new Map(),
    named: new Map(),
    damaged: new Set(),
    report: emptyReport(options.isDeep ? 'deep' : 'quick', options.run),
  };
  const {report} = run;
  report.phases = await runSteps(STEPS, run);
  report.coverage = coverageOf(workspace, run.blobs);
  report.elapsedMs = Math.max(0, workspace.now() - started);
  report.isSound = report.damage.length === 0 && !(options.isStrict && report.notices.length > 0);
  await workspace.journal.append('verify', {
    mode: report.mode,
    blobs: report.blobs,
    bytesHashed: report.bytesHashed,
    damage: report.damage.map(({message}) => message),
  });
  return report;
}

async function checkDocuments(run: Verification): Promise<void> {
  const {documents} = run.workspace;
  for (const kind of run.options.run === undefined ? DOCUMENT_KINDS : (['runs'] as const)) {
    const ids = run.options.run === undefined ? await documents.listIds(kind) : [run.options.run];
    for (const id of ids) await checkDocument(run, kind, id);
  }
}

async function checkDocument(run: Verification, kind: DocumentKind, id: string): Promise<void> {
  const {documents, index} = run.workspace;
  const name = `${kind}/${id}`;
  run.report.documents += 1;
  try {
    const bytes = await documents.readBytes(kind, id);
    const document = await parseDocument(kind, bytes, documents.pathOf(kind, id));
    for (const blob of blobsIn(document)) nameBlob(run, blob, name);
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

function nameBlob(run: Verification, {digest, size, name}: NamedBlob, document: string): void {
  const known = run.named.get(digest) ?? {size, documents: [], labels: []};
  known.documents.push(document);
  known.labels.push(name === undefined ? document : `${document} (${name})`);
  run.named.set(digest, known);
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

async function listBlobs(run: Verification): Promise<void> {
  const isOneRun = run.options.run !== undefined;
  for await (const {digest, size} of run.workspace.store.list()) {
    if (isOneRun && !run.named.has(digest)) continue;
    run.blobs.set(digest, size);
    run.report.bytes += size;
  }
  run.report.blobs = run.blobs.size;
}

async function hashBlobs(run: Verification): Promise<void> {
  if (!run.options.isDeep) return;
  const {workers, onProgress, signal, maxAgeMs, budgetMs, crossCheck} = run.options;
  const {context} = run.workspace.store;
  const blobs = Array.from(run.blobs, ([digest, size]) => ({digest, size}));
  const due = listDue(context.tables, blobs, {maxAgeMs, now: run.workspace.now()});
  run.report.due = sumOf(due);
  const total = run.report.due.bytes;
  const result = await scrub(context, due, {
    ...{workers, signal, budgetMs, crossCheck},
    keepsLooks: budgetMs !== undefined || maxAgeMs !== undefined,
    onProgress: (bytes) => onProgress?.(bytes, total),
  });
  run.report.left = sumOf(result.left);
  run.report.crossChecked = result.crossChecked;
  run.report.isInterrupted = signal?.aborted === true;
  run.report.bytesHashed = result.bytesHashed;
  run.report.blobsHashed = result.blobsHashed;
  run.report.bytesLooked = result.bytesLooked;
  run.report.looked = sumOf(result.looked);
  run.report.workers = result.workers;
  for (const {digest, reason, quarantined} of result.damaged) {
    run.damaged.add(digest);
    run.blobs.delete(digest);
    damage(run, {
      code: 'blob.damaged',
      message: `${digest} is damaged: ${reason}; the damaged bytes are in ${quarantined}${touches(run, digest)}`,
      digest,
      documents: documentsOf(run, digest),
    });
  }
  for (const {digest, reason} of result.unreadable) {
    damage(run, {
      code: 'blob.unreadable',
      message: `${digest} cannot be read: ${reason}`,
      digest,
      documents: documentsOf(run, digest),
    });
  }
  for (const {digest, reason} of result.disputed) {
    damage(run, {
      code: 'blob.disputed',
      message: `two implementations of SHA-256 disagree about ${digest}: it is right for Node, and for @noble/hashes ${reason}; nothing was moved`,
      digest,
      documents: documentsOf(run, digest),
    });
  }
  for (const digest of result.vanished) run.blobs.delete(digest);
  for (const digest of result.readTwice) {
    notice(run, {
      code: 'blob.readTwice',
      message: `${digest} was wrong when first read and right when read again: look after the disk and the memory`,
      digest,
    });
  }
}

function sumOf(blobs: readonly BlobFacts[]): VerifyReport['due'] {
  return {blobs: blobs.length, bytes: blobs.reduce((sum, {size}) => sum + size, 0)};
}

async function checkReferences(run: Verification): Promise<void> {
  const {named, damaged, workspace} = run;
  const unseen = Array.from(named.keys()).filter((digest) => !run.blobs.has(digest) && !damaged.has(digest));
  const missing = await missingOf(workspace, unseen);
  for (const [digest, {size}] of named) {
    const present = run.blobs.get(digest) ?? (await workspace.store.find(digest))?.size;
    if (missing.has(digest)) {
      damage(run, {
        code: 'blob.missing',
        message: `${digest} is missing${touches(run, digest)}`,
        digest,
        documents: documentsOf(run, digest),
      });
    } else if (present !== undefined && size >= 0 && present !== size) {
      damage(run, {
        code: 'blob.size',
        message: `${digest} has ${present} bytes instead of ${size}${touches(run, digest)}`,
        digest,
        documents: documentsOf(run, digest),
      });
    }
  }
}

/** Nothing is begun when somebody wants an end. */
async function mendDamage({options, report, blobs}: Verification): Promise<void> {
  if (!options.repair || report.isInterrupted) return;
  for (const {digest, size} of await repairDamage(report, options.repair)) blobs.set(digest, size);
}

async function checkCatalog(run: Verification): Promise<void> {
  if (run.options.run !== undefined) return;
  const {index, documents, store} = run.workspace;
  for (const kind of DOCUMENT_KINDS) {
    const files = new Set(await documents.listIds(kind));
    for (const id of index.listIds(kind)) {
      if (!files.has(id) && (await agreementOf(run.workspace, kind, id)) === 'vanished')
        damage(run, {
          code: 'document.invalid',
          message: `the file of ${kind}/${id} is gone`,
          documents: [`${kind}/${id}`],
        });
    }
  }
  const {sizes} = store.context.tables;
  const unknown = Array.from(run.blobs.keys()).filter((digest) => !sizes.doesExist(digest));
  const gone = Array.from(sizes.getKeys()).filter(
    (digest) => !run.blobs.has(digest) && !run.damaged.has(digest) && !run.named.has(digest),
  );
  if (unknown.length + gone.length > 0) {
    notice(run, {
      code: 'catalog.stale',
      message: `the catalog misses ${unknown.length} blobs and lists ${gone.length} that are gone; "cosmos index rebuild" mends it`,
    });
  }
}

async function findLeftovers(run: Verification): Promise<void> {
  if (run.options.run !== undefined) return;
  const isEveryDocumentRead = !run.report.damage.some(({code}) => code === 'document.invalid');
  const unnamed = Array.from(run.blobs.keys()).filter((digest) => !run.named.has(digest));
  run.report.notices.push(
    ...(await listLeftovers(run.workspace.store.context, {unnamed, isEveryDocumentRead})),
  );
}

function damage(run: Verification, finding: Finding): void {
  run.report.damage.push(finding);
}

function notice(run: Verification, finding: Finding): void {
  run.report.notices.push(finding);
}

function documentsOf(run: Verification, digest: Digest): string[] {
  return run.named.get(digest)?.documents ?? [];
}

function touches(run: Verification, digest: Digest): string {
  const labels = run.named.get(digest)?.labels ?? [];
  return labels.length === 0 ? '; no document names it' : `; it is named by ${labels.join(', ')}`;
}
