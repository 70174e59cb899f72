/**
 * Sends the bytes of one blob into one file of the target, many writes in flight on several lanes. What is written and
 * not yet confirmed never reaches further than a fixed window, so of a broken upload everything before
 * `size - window` is known to be there, holes and all: that is where the next try goes on.
 */
import type {SFTPWrapper} from 'ssh2';
import type {BlobFacts} from '../../../cas/descriptor.ts';
import {blobPath} from '../../../cas/local/paths.ts';
import type {LocalStore} from '../../../cas/local/local-store.ts';
import {fileChunks} from '../../../platform/chunks.ts';
import {verifiedRead} from '../../../cas/verified-read.ts';
import type {Lane} from './download-window.ts';
import {openLanes, STALL_MS} from './lanes.ts';
import type {SshSession} from './session.ts';
import * as calls from './sftp-calls.ts';
import {stalled} from './sftp-calls-failures.ts';

export interface Sending {
  session: SshSession;
  store: LocalStore;
  sent: {blobBytes: number};
}

/** 16 MiB fill 1 Gb/s at 130 ms. Parts of older versions are continued by this number: it may grow, never shrink. */
export const UPLOAD_WINDOW_BYTES = 16 << 20;

/** Writes the blob to `part` and syncs it. @returns where it went on; 0 for a new file */
export async function sendBlob(
  {session, store, sent}: Sending,
  blob: BlobFacts,
  part: string,
): Promise<number> {
  const channels = await openLanes(session, blob.size);
  const first = channels[0] ?? (await session.sftp());
  const start = await resumeAt(first, part, blob.size);
  const lanes = await openForWriting(channels, part);
  const window = new WriteWindow(lanes, part, sent);
  try {
    for await (const {bytes, position} of bytesFrom(store, blob, start)) await window.write(bytes, position);
    await window.drained();
    await calls.fsync(first, lanes[0]?.handle ?? Buffer.alloc(0), part);
  } finally {
    window.close();
    for (const {sftp, handle} of lanes) calls.close(sftp, handle, part).catch(() => undefined);
  }
  return start;
}

/**
 * SSH_FXF_WRITE and SSH_FXF_CREAT, and no truncation: two processes of one client that send the same blob write the same
 * bytes to the same places, and neither takes away what the other has written.
 */
const WRITE_OR_CREATE = 0x02 | 0x08;

/** A part that is too long is none of ours: it goes. */
async function resumeAt(sftp: SFTPWrapper, part: string, sizeBytes: number): Promise<number> {
  const found = await calls.ifThere(calls.lstat(sftp, part));
  if (found && (!found.isFile() || found.size > sizeBytes)) {
    await calls.ifThere(calls.unlink(sftp, part));
    return 0;
  }
  if (!found) return 0;
  return Math.max(0, found.size - UPLOAD_WINDOW_BYTES);
}

async function openForWriting(channels: readonly SFTPWrapper[], part: string): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (const sftp of channels) lanes.push({sftp, handle: await calls.open(sftp, part, WRITE_OR_CREATE)});
  return lanes;
}

/** All of it is read and verified, as a damaged blob must not leave; what the target has already is not sent again. */
async function* bytesFrom(
  store: LocalStore,
  blob: BlobFacts,
  start: number,
): AsyncGenerator<{bytes: Uint8Array; position: number}, void, void> {
  const path = blobPath(store.context.paths, blob.digest);
  let position = 0;
  for await (const chunk of verifiedRead(fileChunks(path, {isLending: true}), blob)) {
    const skipped = Math.min(chunk.length, Math.max(0, start - position));
    if (skipped < chunk.length) yield {bytes: chunk.subarray(skipped), position: position + skipped};
    position += chunk.length;
  }
}

class WriteWindow {
  readonly #lanes: (Lane & {inFlight: number})[];
  readonly #path: string;
  readonly #sent: {blobBytes: number};
  readonly #pieceBytes: number;
  readonly #watch: NodeJS.Timeout;
  /** Start and length of what is not confirmed yet, in the order of the file. */
  readonly #open = new Map<number, number>();
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(lanes: readonly Lane[], path: string, sent: {blobBytes: number}) {
    this.#lanes = lanes.map((lane) => ({...lane, inFlight: 0}));
    this.#path = path;
    this.#sent = sent;
    this.#pieceBytes = Math.min(...lanes.map(({sftp}) => calls.largestWrite(sftp)));
    this.#watch = setTimeout(() => this.#fail(stalled(path, STALL_MS)), STALL_MS);
  }

  /** Resolves once the window has room for more; the bytes are then no longer needed. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let offset = 0; offset < buffer.length; offset += this.#pieceBytes) {
      const piece = buffer.subarray(offset, offset + this.#pieceBytes);
      await this.#until(
        () => position + offset + piece.length - this.#oldest(position + offset) <= UPLOAD_WINDOW_BYTES,
      );
      this.#send(piece, position + offset);
    }
  }

  async drained(): Promise<void> {
    await this.#until(() => this.#open.size === 0);
    this.close();
  }

  /** Ends the clock. */
  close(): void {
    clearTimeout(this.#watch);
  }

  #oldest(otherwise: number): number {
    const first = this.#open.keys().next();
    return first.done === true ? otherwise : first.value;
  }

  #send(buffer: Buffer, position: number): void {
    const lane = this.#lanes.reduce((best, other) => (other.inFlight < best.inFlight ? other : best));
    lane.inFlight += 1;
    this.#open.set(position, buffer.length);
    calls.write(lane.sftp, lane.handle, {buffer, position, path: this.#path}).then(
      () => {
        lane.inFlight -= 1;
        this.#open.delete(position);
        this.#sent.blobBytes += buffer.length;
        this.#watch.refresh();
        this.#wake?.();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #fail(error: unknown): void {
    clearTimeout(this.#watch);
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.#wake?.();
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (this.#failure === undefined && !isSo())
      await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#failure !== undefined) throw this.#failure;
  }
}
