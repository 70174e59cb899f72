/**
 * Bringing a job home: log and outputs into the store, each checked against the digest that was made where it was
 * produced. What is at home already is not sent again. Only then the run's document names them.
 */
import {join} from 'node:path';
import type {Lease} from '../cas/catalog/leases.ts';
import type {Descriptor} from '../cas/descriptor.ts';
import {hashBytes, parseDigest} from '../cas/digest.ts';
import {blobPath} from '../cas/local/paths.ts';
import {readAll} from '../cas/verified-read.ts';
import {CosmosError} from '../errors.ts';
import type {RunDocument, RunFile} from '../manifest/types.gen.ts';
import {mapLimit} from '../platform/concurrency.ts';
import {pathsOf} from './attempt.ts';
import type {RunnerContext} from './context.ts';
import {parseExit, type ExitRecord, type JobPaths} from './job.ts';
import {mediaTypeOf} from './media-types.ts';
import type {CollectedFile} from './model.ts';
import {parseSums} from './sums.ts';
import type {Target} from './target.ts';

export interface Collected {
  exit: ExitRecord;
  log: Descriptor | null;
  logTail: string[];
  outputs: RunFile[];
  /** Names that were not brought home because they could do harm. */
  refused: string[];
  /** The same files as adapters see them. */
  files: CollectedFile[];
}

/** Files read at once: enough to hide the latency of small ones. */
const COLLECTED_AT_ONCE = 4;
const TAIL_BYTES = 64 * 1024;
const TAIL_LINES = 200;

/** Repeatable; durable, and protected by the lease, when it resolves. */
export async function collect(
  context: RunnerContext,
  run: RunDocument,
  target: Target,
  lease: Lease,
): Promise<Collected> {
  const paths = pathsOf(run, target);
  const exit = await readExit(paths, target);
  const {entries, refused} = await readSums(paths, exit, target);
  const log = await collectLog(context, paths, target, lease);
  const outputs = await mapLimit(entries, COLLECTED_AT_ONCE, ({name, digest}) =>
    collectOutput(context, {run, target, lease, name, digest, path: join(paths.outputs, name)}),
  );
  const files = outputs.map(({name, size, mediaType, digest}) => ({
    name,
    size,
    mediaType,
    path: blobPath(context.store.context.paths, digest),
  }));
  return {
    exit,
    log,
    logTail: await readTail(paths, target),
    outputs,
    refused: [...exit.refused, ...refused],
    files,
  };
}

async function readExit(paths: JobPaths, {transport}: Target): Promise<ExitRecord> {
  const bytes = await transport.readFile(paths.exit);
  if (bytes) return parseExit(Buffer.from(bytes).toString('utf8'));
  throw new CosmosError('document.missing', `${paths.exit} is gone although the job had ended.`, {
    hint: 'Somebody removed the job folder before its outputs were brought home. Run the job again.',
  });
}

async function readSums(
  paths: JobPaths,
  exit: ExitRecord,
  {transport}: Target,
): Promise<ReturnType<typeof parseSums>> {
  if (!exit.sums) return {entries: [], refused: []};
  const bytes = await readAll(transport.stream(paths.sums));
  if (hashBytes(bytes) === exit.sums.digest) return parseSums(bytes.toString('utf8'));
  throw new CosmosError('blob.mismatch', `${paths.sums} is not the list that the job's exit record names.`, {
    hint: 'It was changed after the job had ended. Nothing was brought home; the job folder is untouched.',
    facts: {path: paths.sums, expected: exit.sums.digest},
  });
}

async function collectLog(
  context: RunnerContext,
  paths: JobPaths,
  {transport}: Target,
  lease: Lease,
): Promise<Descriptor | null> {
  if ((await transport.sizeOf(paths.log)) === undefined) return null;
  return context.store.push(transport.stream(paths.log), {mediaType: 'text/plain', lease});
}

interface OutputTask {
  run: RunDocument;
  target: Target;
  lease: Lease;
  name: string;
  digest: string;
  path: string;
}

async function collectOutput(context: RunnerContext, task: OutputTask): Promise<RunFile> {
  const {run, target, lease, name} = task;
  const digest = parseDigest(task.digest);
  const planned = run.plan?.outputs.find((output) => output.name === name);
  const mediaType = planned?.mediaType ?? mediaTypeOf(name);
  await lease.announce([digest]);
  const known = await context.store.find(digest);
  const blob = known
    ? {mediaType, ...known}
    : await context.store.push(target.transport.stream(task.path), {mediaType, lease, expected: {digest}});
  return {...blob, name, role: planned?.role ?? 'extra', ...(await mediaFacts(context, blob))};
}

/** Facts about a video; none for what is no video, or none that can be read (checkOutputs says so where it matters). */
async function mediaFacts(context: RunnerContext, blob: Descriptor): Promise<Pick<RunFile, 'media'>> {
  if (!blob.mediaType.startsWith('video/')) return {};
  const {probeVideo} = await import('../media/probe.ts');
  try {
    return {media: await probeVideo(blobPath(context.store.context.paths, blob.digest))};
  } catch (error) {
    if (error instanceof CosmosError) return {};
    throw error;
  }
}

async function readTail(paths: JobPaths, {transport}: Target): Promise<string[]> {
  const size = await transport.sizeOf(paths.log);
  if (size === undefined) return [];
  const bytes = await readAll(transport.stream(paths.log, Math.max(0, size - TAIL_BYTES)));
  return bytes
    .toString('utf8')
    .split(/\r?\n|\r/)
    .filter((line) => line !== '')
    .slice(-TAIL_LINES);
}
