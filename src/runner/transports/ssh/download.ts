/**
 * A file of the target as a stream that survives its connection. A broken one is made again and the stream goes on
 * after the last byte that was handed out, for as long as each try brings something. A file that shrinks, or that is
 * not as long as announced, is an error; one that grows is read up to the size that it had.
 */
import type {Stats} from 'ssh2';
import {sleep} from '../../../platform/clock.ts';
import {allowGarbage} from '../../../platform/collector.ts';
import {ReadWindow, type Budget, type Lane} from './download-window.ts';
import {openLanes, RETRY_PAUSES_MS, STALL_MS} from './lanes.ts';
import type {SshSession} from './session.ts';
import {close, fstat, lstat, open} from './sftp-calls.ts';
import {changedWhileRead, isUnreachable, notAFile} from './sftp-calls-failures.ts';

export interface DownloadOptions {
  /** First byte; default 0. */
  offset?: number | undefined;
  /** How long the file must be; default as long as it is found. */
  sizeBytes?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Default one minute. */
  stallMs?: number | undefined;
}

export interface DownloadContext {
  session: SshSession;
  budget: Budget;
}

/** Chunks of up to a MiB, lent: each is valid only until the next is asked for. @throws CosmosError target.unreachable, target.failed */
export async function* download(
  context: DownloadContext,
  path: string,
  options: DownloadOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const {signal, sizeBytes} = options;
  const range = {path, start: options.offset ?? 0, end: sizeBytes};
  for (let fruitless = 0; ; fruitless += 1) {
    try {
      for await (const chunk of readOnce(context, range, options)) {
        yield chunk;
        range.start += chunk.length;
        fruitless = 0;
      }
      return;
    } catch (error) {
      const pauseMs = RETRY_PAUSES_MS[fruitless];
      if (!isUnreachable(error) || pauseMs === undefined) throw error;
      await sleep(pauseMs, signal);
      signal?.throwIfAborted();
    }
  }
}

/** From here on the collector would run several times. */
const STREAM_BYTES = 32 << 20;

/** What is wanted; `end` is set at the first look and holds for every further try. */
interface Wanted {
  path: string;
  start: number;
  end: number | undefined;
}

async function* readOnce(
  {session, budget}: DownloadContext,
  range: Wanted,
  {sizeBytes, signal, stallMs = STALL_MS}: DownloadOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const {path, start} = range;
  signal?.throwIfAborted();
  const found = await lookAtFile(session, path);
  if (sizeBytes !== undefined && found.size !== sizeBytes)
    throw changedWhileRead(path, sizeBytes, found.size);
  const end = (range.end ??= found.size);
  if (found.size < end) throw changedWhileRead(path, end, found.size);
  if (start >= end) return;
  const lanes = await openOnLanes(session, path, end - start);
  const collectAsUsual = end - start >= STREAM_BYTES ? allowGarbage() : () => undefined;
  try {
    yield* new ReadWindow(lanes, {path, start, end}, {budget, signal, stallMs}).chunks();
    await checkUngrown(lanes, path, sizeBytes);
  } finally {
    collectAsUsual();
    // Nobody waits for the answers: on a broken connection there are none.
    for (const {sftp, handle} of lanes) close(sftp, handle, path).catch(() => undefined);
  }
}

/** Opening a pipe would block the server, so what is there is looked at first. */
async function lookAtFile(session: SshSession, path: string): Promise<Stats> {
  const stats = await lstat(await session.sftp(), path);
  if (!stats.isFile()) throw notAFile(path);
  return stats;
}

async function openOnLanes(session: SshSession, path: string, sizeBytes: number): Promise<Lane[]> {
  const channels = await openLanes(session, sizeBytes);
  const opened = await Promise.allSettled(
    channels.map(async (sftp) => ({sftp, handle: await open(sftp, path, 'r')})),
  );
  const lanes = opened.flatMap((lane) => (lane.status === 'fulfilled' ? [lane.value] : []));
  const failed = opened.find((lane) => lane.status === 'rejected');
  if (!failed) return lanes;
  for (const {sftp, handle} of lanes) close(sftp, handle, path).catch(() => undefined);
  throw failed.reason;
}

async function checkUngrown(lanes: readonly Lane[], path: string, sizeBytes?: number): Promise<void> {
  const [lane] = lanes;
  if (!lane || sizeBytes === undefined) return;
  const {size} = await fstat(lane.sftp, lane.handle, path);
  if (size !== sizeBytes) throw changedWhileRead(path, sizeBytes, size);
}
