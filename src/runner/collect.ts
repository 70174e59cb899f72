/**
 * Bringing a job home: log and outputs into the store, each checked against the digest that was made where it was
 * produced. What is at home already is not sent again. Only then the run's document names them.
 */
import type {Lease} from '../cas/catalog/leases.ts';
import type {Descriptor} from '../cas/descriptor.ts';
import {hashBytes} from '../cas/digest.ts';
import {blobPath} from '../cas/local/paths.ts';
import {readAll} from '../cas/verified-read.ts';
import {CosmosError} from '../errors.ts';
import type {RunDocument, RunFile} from '../manifest/types.gen.ts';
import {firstBytes} from '../platform/chunks.ts';
import {pathsOf} from './attempt.ts';
import {collectOutputs} from './collect-outputs.ts';
import {readContainerFacts, type ContainerFacts} from './container-facts.ts';
import type {RunnerContext} from './context.ts';
import {parseExit, type ExitRecord, type JobPaths} from './job.ts';
import type {CollectedFile} from './model.ts';
import {checkAnnounced, parseSums} from './sums.ts';
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
  container: ContainerFacts;
}

/** Of a longer log the end comes home: it has the reason why a job went wrong. */
const MAX_LOG_BYTES = 1 << 30;
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
  const outputs = await collectOutputs(context, {run, target, lease, folder: paths.outputs}, entries);
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
    container: await readContainerFacts(paths, target),
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
  checkAnnounced(exit.sums, paths);
  const bytes = await readAll(firstBytes(transport.stream(paths.sums), exit.sums.size + 1));
  const isAnnounced = bytes.length === exit.sums.size && hashBytes(bytes) === exit.sums.digest;
  if (isAnnounced) return parseSums(bytes.toString('utf8'));
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
  const size = await transport.sizeOf(paths.log);
  if (size === undefined) return null;
  const start = Math.max(0, size - MAX_LOG_BYTES);
  // What something goes on writing after the end of the job is no part of its log.
  const bytes = firstBytes(transport.stream(paths.log, start), size - start);
  return context.store.push(bytes, {mediaType: 'text/plain', lease});
}

async function readTail(paths: JobPaths, {transport}: Target): Promise<string[]> {
  const size = await transport.sizeOf(paths.log);
  if (size === undefined) return [];
  const bytes = await readAll(
    firstBytes(transport.stream(paths.log, Math.max(0, size - TAIL_BYTES)), TAIL_BYTES),
  );
  return bytes
    .toString('utf8')
    .split(/\r?\n|\r/)
    .filter((line) => line !== '')
    .slice(-TAIL_LINES);
}
