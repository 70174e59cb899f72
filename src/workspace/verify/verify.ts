/**
 * Verification: documents against schema and catalog, every blob that they name present and of the right size, orphans
 * both ways, stuck runs, leftovers; deep re-reads and re-hashes every byte, every time, unless less was asked for. In named
 * steps.
 */
import type {BlobFacts} from '../../cas/descriptor.ts';
import type {Digest} from '../../cas/digest.ts';
import {DigestMap} from '../../cas/digest-map.ts';
import {listDue} from '../../cas/scrub/due.ts';
import {scrub} from '../../cas/scrub/scrub.ts';
import {DOCUMENT_KINDS} from '../../manifest/kinds.ts';
import {runSteps} from '../../platform/steps.ts';
import {goneOf, missingOf, unknownOf, vanishedOf} from '../agreement.ts';
import type {Workspace} from '../workspace.ts';
import {coverageOf} from './coverage.ts';
import {checkDocuments, nameOwners} from './documents.ts';
import {listLeftovers} from './leftovers.ts';
import {repairDamage} from './repair-damage.ts';
import {emptyReport, type VerifyReport} from './report.ts';
import {damage, notice, type Verification, type VerifyOptions} from './verification.ts';

const STEPS = {
  checkDocuments,
  listBlobs,
  hashBlobs,
  checkReferences,
  nameOwners,
  mendDamage,
  checkCatalog,
  findLeftovers,
};

export async function verify(workspace: Workspace, options: VerifyOptions): Promise<VerifyReport> {
  const started = workspace.now();
  const run: Verification = {
    workspace,
    options,
    blobs: new DigestMap(),
    named: new DigestMap(),
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
      message: `${digest} is damaged: ${reason}; the damaged bytes are in ${quarantined}`,
      digest,
    });
  }
  for (const {digest, reason} of result.unreadable) {
    damage(run, {
      code: 'blob.unreadable',
      message: `${digest} cannot be read: ${reason}`,
      digest,
    });
  }
  for (const {digest, reason} of result.disputed) {
    damage(run, {
      code: 'blob.disputed',
      message: `two implementations of SHA-256 disagree about ${digest}: it is right for Node, and for @noble/hashes ${reason}; nothing was moved`,
      digest,
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
  const {named, blobs, damaged, workspace} = run;
  const unseen = new Map<Digest, number>();
  for (const [digest, size] of named) {
    const present = blobs.get(digest);
    if (present !== undefined) checkSize(run, {digest, size}, present);
    else if (!damaged.has(digest)) unseen.set(digest, size);
  }
  const missing = await missingOf(workspace, [...unseen.keys()]);
  for (const [digest, size] of unseen) {
    const present = await workspace.store.find(digest);
    if (missing.has(digest)) damage(run, {code: 'blob.missing', message: `${digest} is missing`, digest});
    else if (present) checkSize(run, {digest, size}, present.size);
  }
}

/** A document of a later cosmos may give no size, which is -1 here. */
function checkSize(run: Verification, {digest, size}: BlobFacts, present: number): void {
  if (size < 0 || present === size) return;
  const message = `${digest} has ${present} bytes instead of ${size}`;
  damage(run, {code: 'blob.size', message, digest});
}

/** Nothing is begun when somebody wants an end. */
async function mendDamage({options, report, blobs}: Verification): Promise<void> {
  if (!options.repair || report.isInterrupted) return;
  for (const {digest, size} of await repairDamage(report, options.repair)) blobs.set(digest, size);
}

async function checkCatalog(run: Verification): Promise<void> {
  if (run.options.run !== undefined) return;
  const {documents, store} = run.workspace;
  for (const kind of DOCUMENT_KINDS) {
    const files = await documents.listIds(kind);
    for await (const id of vanishedOf(run.workspace, kind, files))
      damage(run, {
        code: 'document.invalid',
        message: `the file of ${kind}/${id} is gone`,
        documents: [`${kind}/${id}`],
      });
  }
  const {sizes} = store.context.tables;
  let known = 0;
  const gone: Digest[] = [];
  for (const digest of sizes.digests()) {
    if (run.blobs.has(digest)) known += 1;
    else if (!run.damaged.has(digest) && !run.named.has(digest)) gone.push(digest);
  }
  const unknown: Digest[] = [];
  if (run.blobs.size > known)
    for (const [digest] of run.blobs) if (!sizes.doesExist(digest)) unknown.push(digest);
  const misses = (await unknownOf(run.workspace, unknown)).length;
  const lists = (await goneOf(run.workspace, gone)).length;
  if (misses + lists > 0) {
    notice(run, {
      code: 'catalog.stale',
      message: `the catalog misses ${misses} blobs and lists ${lists} that are gone; "cosmos index rebuild" mends it`,
    });
  }
}

async function findLeftovers(run: Verification): Promise<void> {
  if (run.options.run !== undefined) return;
  const isEveryDocumentRead = !run.report.damage.some(({code}) => code === 'document.invalid');
  const unnamed: Digest[] = [];
  // One that is named by now was put meanwhile; where a document cannot be read, only the catalog knows what it names.
  const {index} = run.workspace;
  const isNamedNow = (digest: Digest): boolean => isEveryDocumentRead && index.isReferenced(digest);
  for (const [digest] of run.blobs) if (!run.named.has(digest) && !isNamedNow(digest)) unnamed.push(digest);
  run.report.notices.push(
    ...(await listLeftovers(run.workspace.store.context, {unnamed, isEveryDocumentRead})),
  );
}
