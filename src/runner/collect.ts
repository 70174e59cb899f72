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
import {EXIT_RECORD, LOG, lookAt, readTwice, SUMS, type AlteredFile} from './altered.ts';
import {pathsOf} from './attempt.ts';
import {collectOutputs} from './collect-outputs.ts';
import {readContainerFacts, type ContainerFacts} from './container-facts.ts';
import type {RunnerContext} from './context.ts';
import {parseExit, type ExitRecord} from './job.ts';
import type {JobPaths} from './job-paths.ts';
import {logLines} from './log-lines.ts';
import type {CollectedFile} from './model.ts';
import {checkAnnounced, MOST_BYTES, parseSums, refuseTooMany, type ParsedSums} from './sums.ts';
import type {Target} from './target.ts';

export interface Collected {
  /** Undefined when the record of the end is none any more. */
  exit: ExitRecord | undefined;
  log: Descriptor | null;
  logTail: string[];
  /** What its log says that a person should know. */
  remarks: string[];
  outputs: RunFile[];
  /** Names that were not brought home because they could do harm. */
  refused: string[];
  /** What is not as it was when the job ended; nothing of it was kept. */
  altered: AlteredFile[];
  /** Those of the plan, as adapters see them. */
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
  const {records, exit, list} = await readRecords(paths, target);
  const log = await collectLog(context, paths, target, lease);
  const job = {run, target, lease, folder: paths.outputs};
  const {outputs, altered} = await collectOutputs(context, job, list.entries);
  const isLogLost = log === null && exit?.reason === 'exit' && exit.rc === 0;
  const all = [...records, ...(isLogLost ? [{path: LOG, expected: null, found: null}] : []), ...altered];
  // Without its folder nothing is proven: the disk may not be mounted any more.
  if (all.length > 0 && !(await target.transport.isFolder(paths.folder))) throw folderGone(paths);
  const planned = new Set(run.plan?.outputs.map(({name}) => name));
  const files = outputs
    .filter(({name}) => planned.has(name))
    .map(({name, size, mediaType, digest}) => ({
      name,
      size,
      mediaType,
      path: blobPath(context.store.context.paths, digest),
    }));
  return {
    exit,
    log,
    logTail: await readTail(paths, target),
    remarks: await listRemarks(context, run, log),
    outputs,
    refused: [...(exit?.refused ?? []), ...list.refused],
    altered: all,
    files,
    container: await readContainerFacts(paths, target),
  };
}

interface Records {
  exit: ExitRecord | undefined;
  list: ParsedSums;
  /** The records that are no records any more. */
  records: AlteredFile[];
}

/** Both are renamed into place whole, so that what cannot be read twice was changed afterwards. */
async function readRecords(paths: JobPaths, target: Target): Promise<Records> {
  const {transport} = target;
  const list: ParsedSums = {entries: [], refused: []};
  const exit = await readTwice(() => readExit(paths, target));
  if (!exit) {
    const found = await lookAt(transport, paths.exit, MOST_BYTES);
    return {exit, list, records: [{path: EXIT_RECORD, expected: null, found}]};
  }
  if (exit.sums) refuseTooMany(exit.sums, paths);
  const sums = await readTwice(() => readSums(paths, exit, target));
  if (sums) return {exit, list: sums, records: []};
  const found = await lookAt(transport, paths.sums, MOST_BYTES);
  return {exit, list, records: [{path: SUMS, expected: exit.sums?.digest ?? null, found}]};
}

async function readExit(paths: JobPaths, {transport}: Target): Promise<ExitRecord> {
  const bytes = await transport.readFile(paths.exit);
  if (bytes) return parseExit(Buffer.from(bytes).toString('utf8'));
  throw folderGone(paths);
}

function folderGone({exit}: JobPaths): CosmosError {
  return new CosmosError('document.missing', `${exit} is gone although the job had ended.`, {
    hint: 'Somebody removed the job folder before its outputs were brought home, or its disk is not mounted.',
  });
}

async function readSums(paths: JobPaths, exit: ExitRecord, {transport}: Target): Promise<ParsedSums> {
  if (!exit.sums) return {entries: [], refused: []};
  checkAnnounced(exit.sums);
  const bytes = await readAll(firstBytes(transport.stream(paths.sums), exit.sums.size + 1));
  const isAnnounced = bytes.length === exit.sums.size && hashBytes(bytes) === exit.sums.digest;
  if (isAnnounced) return parseSums(bytes);
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

/** Each once, wherever it stands. The log is read only for models that have something to say of it. */
async function listRemarks(
  context: RunnerContext,
  run: RunDocument,
  log: Descriptor | null,
): Promise<string[]> {
  const {remarkOn} = context.modelOf(run);
  const remarks = new Set<string>();
  if (!remarkOn) return [];
  for await (const line of logLines(context.store, log)) {
    const remark = remarkOn(line);
    if (remark !== undefined) remarks.add(remark);
  }
  return Array.from(remarks);
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
