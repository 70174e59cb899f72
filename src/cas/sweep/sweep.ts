/**
 * Garbage collection of blobs: mark, condemn, wait, unlink, in named steps that all write into one report. What refers to
 * what is a question for the caller, who hands in two functions.
 */
import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {isoTime} from '../../platform/clock.ts';
import {pausePoint} from '../../platform/pause.ts';
import {runSteps, type StepTimes} from '../../platform/steps.ts';
import type {BlobFacts} from '../descriptor.ts';
import type {Digest} from '../digest.ts';
import {DigestMap} from '../digest-map.ts';
import {dropOrphans} from '../leaves/leaves.ts';
import type {StoreContext} from '../local/context.ts';
import type {LocalStore} from '../local/local-store.ts';
import {sortIngest} from '../local/partial.ts';
import {dropIfEmpty, listBatches, listTrashedBlobs, makeBatch, type TrashBatch} from '../trash/batches.ts';
import {expireBatches, restoreFrom, trashBlobs} from '../trash/trash.ts';

export interface References {
  /** Every digest that any document names, read from the files. Throws when one cannot be read. */
  mark: () => Promise<DigestMap>;
  /** Whether a document indexed by now names the digest; called inside a transaction, so synchronous. */
  isReferenced: (digest: Digest) => boolean;
}

export interface SweepOptions {
  /** Blobs stored more recently than this are left alone. */
  graceMs: number;
  /** Batches older than this leave the trash for good. */
  trashMs: number;
  /** Look only: nothing is changed, and the report says what a real sweep would do. */
  isDryRun: boolean;
}

export interface SweepReport {
  isDryRun: boolean;
  leasesEnded: number;
  blobsKept: number;
  blobsTooYoung: number;
  blobsInUse: number;
  /** What went (or would go) to the trash. */
  condemned: BlobFacts[];
  condemnedBytes: number;
  /** The batch that `gc undo` would bring back; null when nothing was moved. */
  batch: string | null;
  /** Batches that left (or would leave) the trash for good. */
  expiredBatches: string[];
  freedBytes: number;
  /** Taken out of those batches first, as documents name them. */
  blobsBroughtBack: number;
  ingestsRemoved: number;
  /** How long each step took. */
  phases: StepTimes;
}

interface Sweep {
  store: LocalStore;
  context: StoreContext;
  references: References;
  options: SweepOptions;
  marked: DigestMap;
  report: SweepReport;
}

/** The steps, in the order that keeps writers safe: leases of the dead go before the marking, never after. */
const STEPS = {endDeadLeases, mark, findGarbage, condemn, expire, removeLeftovers, dropLeavesOfNone};

export async function sweep(
  store: LocalStore,
  references: References,
  options: SweepOptions,
): Promise<SweepReport> {
  const run: Sweep = {
    store,
    context: store.context,
    references,
    options,
    marked: new DigestMap(),
    report: emptyReport(options),
  };
  run.report.phases = await runSteps(STEPS, run);
  return run.report;
}

function emptyReport(options: SweepOptions): SweepReport {
  return {
    isDryRun: options.isDryRun,
    leasesEnded: 0,
    blobsKept: 0,
    blobsTooYoung: 0,
    blobsInUse: 0,
    condemned: [],
    condemnedBytes: 0,
    batch: null,
    expiredBatches: [],
    freedBytes: 0,
    blobsBroughtBack: 0,
    ingestsRemoved: 0,
    phases: {},
  };
}

async function endDeadLeases(run: Sweep): Promise<void> {
  if (!run.options.isDryRun) run.report.leasesEnded = await run.context.leases.endDead();
}

async function mark(run: Sweep): Promise<void> {
  run.marked = await run.references.mark();
  pausePoint('gc.marked');
}

async function findGarbage(run: Sweep): Promise<void> {
  const announced = run.context.leases.announced();
  const ageless: Digest[] = [];
  for await (const digests of run.store.listNames())
    for (const digest of digests) {
      if (run.marked.has(digest)) run.report.blobsKept += 1;
      else await judge(run, digest, {announced, ageless});
    }
  run.report.condemnedBytes = sumOf(run.report.condemned);
  if (!run.options.isDryRun && ageless.length > 0) await startAges(run, ageless);
}

/** What no document names. Something else may stand under that name. */
async function judge(
  run: Sweep,
  digest: Digest,
  {announced, ageless}: {announced: ReadonlySet<Digest>; ageless: Digest[]},
): Promise<void> {
  const blob = await run.store.find(digest);
  if (!blob) return;
  if (!run.context.tables.ages.doesExist(digest)) ageless.push(digest);
  if (announced.has(digest)) run.report.blobsInUse += 1;
  else if (isYoung(run, digest)) run.report.blobsTooYoung += 1;
  else run.report.condemned.push(blob);
}

/** A blob of unknown age (its writer crashed before recording it) is as young as its first sighting. */
function isYoung(run: Sweep, digest: Digest): boolean {
  const now = run.context.now();
  const age = run.context.tables.ages.get(digest);
  return now - (age === undefined ? now : Date.parse(age)) < run.options.graceMs;
}

async function startAges({context}: Sweep, digests: readonly Digest[]): Promise<void> {
  await context.catalog.transaction('recording the first sighting of blobs', () => {
    for (const digest of digests) void context.tables.ages.put(digest, isoTime(context.now()));
  });
}

async function condemn(run: Sweep): Promise<void> {
  if (run.options.isDryRun || run.report.condemned.length === 0) return;
  const batch = await makeBatch(run.context, `gc with grace ${run.options.graceMs / 1000} s`);
  await run.context.journal.append('condemn', {
    batch: batch.id,
    digests: run.report.condemned.map(({digest}) => digest),
    reason: 'no document and no lease names them',
  });
  pausePoint('gc.condemned');
  const moved = await trashBlobs(run.context, batch, run.report.condemned, (blob) => isGarbageNow(run, blob));
  if (moved.length > 0) run.report.batch = batch.id;
  else await dropIfEmpty(run.context, batch);
  run.report.condemned = moved;
  run.report.condemnedBytes = sumOf(moved);
}

/** The last look, inside the transaction that moves the file. */
function isGarbageNow(run: Sweep, blob: BlobFacts): boolean {
  const {tables, leases} = run.context;
  if (run.references.isReferenced(blob.digest) || leases.isAnnounced(blob.digest)) return false;
  const age = tables.ages.get(blob.digest);
  return age === undefined || run.context.now() - Date.parse(age) >= run.options.graceMs;
}

async function expire(run: Sweep): Promise<void> {
  const batches = (await listBatches(run.context)).filter((batch) => isExpired(run, batch));
  run.report.expiredBatches = batches.map(({id}) => id);
  if (run.options.isDryRun) {
    for (const batch of batches) run.report.freedBytes += sumOf(await listTrashedBlobs(batch));
    return;
  }
  for (const batch of batches) await bringBackNamed(run, batch);
  run.report.freedBytes = await expireBatches(run.context, batches, 'older than trashDays');
}

/** A document that was brought back by hand may name what only the trash has. */
async function bringBackNamed({context, store, marked, report}: Sweep, batch: TrashBatch): Promise<void> {
  const missing: Digest[] = [];
  for (const {digest} of await listTrashedBlobs(batch))
    if (marked.has(digest) && !(await store.find(digest))) missing.push(digest);
  report.blobsBroughtBack += (await restoreFrom(context, batch, missing)).length;
}

function isExpired(run: Sweep, batch: TrashBatch): boolean {
  return batch.id !== run.report.batch && run.context.now() - Date.parse(batch.at) >= run.options.trashMs;
}

/**
 * Every writer stages under a lease, so without living leases all that lies in ingest/ was left by the dead. Beginnings
 * of downloads are kept as long as the trash: somebody may want the rest.
 */
async function removeLeftovers(run: Sweep): Promise<void> {
  const {context, options} = run;
  if (options.isDryRun) {
    run.report.ingestsRemoved =
      context.leases.listLiving().length === 0 ? sortIngest(context, options.trashMs).leftover.length : 0;
    return;
  }
  run.report.ingestsRemoved = await context.catalog.transaction('removing leftover ingests', () => {
    if (context.leases.list().length > 0) return 0;
    const {leftover} = sortIngest(context, options.trashMs);
    for (const name of leftover) rmSync(join(context.paths.ingest, name), {force: true, recursive: true});
    return leftover.length;
  });
}

/** Leaves help to repair a blob that is damaged or missing, as long as a document names it. */
async function dropLeavesOfNone({context, store, marked, options}: Sweep): Promise<void> {
  if (options.isDryRun) return;
  await dropOrphans(context.paths, async (digest) => marked.has(digest) || !!(await store.find(digest)));
}

function sumOf(blobs: readonly BlobFacts[]): number {
  return blobs.reduce((sum, {size}) => sum + size, 0);
}
