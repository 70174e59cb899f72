/**
 * Scrub: re-reads and re-hashes every byte of the given blobs on every core, and writes each result into the ledger.
 * A mismatch is read once more before it is believed; then the bytes go to quarantine. What is bad stays due until the
 * right bytes are back. A scrub that is stopped, or whose time is over, keeps what it has proven.
 */
import {randomInt} from 'node:crypto';
import {mapLimit} from '../../platform/concurrency.ts';
import {pausePoint} from '../../platform/pause.ts';
import {HashPool} from '../../platform/hash-pool.ts';
import type {HashRequest} from '../../platform/hash-worker.ts';
import {isoTime} from '../../platform/clock.ts';
import type {Proof} from '../catalog/blob-tables.ts';
import type {BlobFacts} from '../descriptor.ts';
import type {Digest} from '../digest.ts';
import {hexOf} from '../digest.ts';
import type {StoreContext} from '../local/context.ts';
import {blobPath} from '../local/paths.ts';
import {quarantineBlob} from '../local/quarantine.ts';

export type Hashes = Pick<HashPool, 'size' | 'hash' | 'close'>;

export interface ScrubOptions {
  /** Threads; the number of cores is right for all but tests. */
  workers: number;
  /** No blob is begun later than this, milliseconds from the start. */
  budgetMs?: number | undefined;
  /** Part of the blobs that is hashed by another implementation too, 0 to 1; at least one blob where it is not 0. */
  crossCheck?: number | undefined;
  onProgress?: ((bytesHashed: number, blobsDone: number) => void) | undefined;
  /** What hashes; default: threads of Node's own SHA-256. */
  makePool?: (size: number) => Hashes;
  /** Stops at once. */
  signal?: AbortSignal | undefined;
}

export interface DamagedBlob {
  digest: Digest;
  reason: string;
  /** Where the damaged bytes are now. */
  quarantined: string;
}

export interface ScrubReport {
  blobsHashed: number;
  bytesHashed: number;
  damaged: DamagedBlob[];
  /** Gone when their turn came; whether that matters depends on who names them. */
  vanished: Digest[];
  /** Files that this user may not read: nothing is known about their bytes. */
  unreadable: {digest: Digest; reason: string}[];
  /** Hashed by another implementation as well. */
  crossChecked: number;
  /** Right for one implementation of SHA-256 and wrong for the other: a fault of this machine. */
  disputed: {digest: Digest; reason: string}[];
  /** Not begun, or not finished, when the time was over. */
  left: BlobFacts[];
  /** Wrong at first, right when read again: the disk or the memory deserves a look. */
  readTwice: Digest[];
  workers: number;
}

/** Results written to the ledger at once: a killed scrub repeats at most this many blobs, or bytes of them. */
const LEDGER_BATCH = {blobs: 32, bytes: 64 << 20};

/** In the order of the list. */
export async function scrub(
  context: StoreContext,
  blobs: readonly BlobFacts[],
  options: ScrubOptions,
): Promise<ScrubReport> {
  const size = Math.max(1, Math.min(options.workers, blobs.length));
  const pool = options.makePool?.(size) ?? new HashPool(size);
  const run = new ScrubRun(context, pool, options);
  const stop = (): void => void pool.close();
  options.signal?.addEventListener('abort', stop, {once: true});
  const sample = sampleOf(blobs, options.crossCheck ?? 0);
  try {
    await mapLimit(blobs, pool.size, (blob) => run.check(blob, sample.has(blob)));
    await run.writeLedger();
  } catch (error) {
    await run.writeLedger().catch(() => undefined);
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', stop);
    await pool.close();
  }
  return run.report;
}

/** Another one each time. */
function sampleOf(blobs: readonly BlobFacts[], share: number): ReadonlySet<BlobFacts> {
  const wanted = share > 0 ? Math.max(1, Math.ceil(blobs.length * Math.min(1, share))) : 0;
  const rest = [...blobs];
  const sample = new Set<BlobFacts>();
  while (sample.size < wanted && rest.length > 0) {
    const at = randomInt(rest.length);
    const picked = rest[at];
    const last = rest.pop();
    if (last && at < rest.length) rest[at] = last;
    if (picked) sample.add(picked);
  }
  return sample;
}

class ScrubRun {
  readonly report: ScrubReport;
  readonly #context: StoreContext;
  readonly #pool: Hashes;
  readonly #options: ScrubOptions;
  readonly #until: number;
  #proofs: [Digest, Proof][] = [];
  #unwrittenBytes = 0;

  constructor(context: StoreContext, pool: Hashes, options: ScrubOptions) {
    this.#context = context;
    this.#pool = pool;
    this.#options = options;
    this.#until = performance.now() + (options.budgetMs ?? Number.POSITIVE_INFINITY);
    this.report = {
      blobsHashed: 0,
      bytesHashed: 0,
      damaged: [],
      vanished: [],
      unreadable: [],
      crossChecked: 0,
      disputed: [],
      left: [],
      readTwice: [],
      workers: pool.size,
    };
  }

  async check(blob: BlobFacts, isCrossChecked: boolean): Promise<void> {
    try {
      if (this.#isOver()) this.report.left.push(blob);
      else await this.#check(blob, isCrossChecked);
    } catch (error) {
      if (this.#options.signal?.aborted !== true) throw error;
      this.report.left.push(blob);
    }
  }

  #isOver(): boolean {
    return this.#options.signal?.aborted === true || performance.now() >= this.#until;
  }

  async #check(blob: BlobFacts, isCrossChecked: boolean): Promise<void> {
    const first = await this.#read(blob);
    const reading = first.state === 'bad' ? await this.#read(blob) : first;
    if (first.state === 'bad' && reading.state === 'good') this.report.readTwice.push(blob.digest);
    if (reading.state === 'good' && isCrossChecked) await this.#crossCheck(blob);
    else await this.#conclude(blob, reading);
  }

  /** Nothing is recorded of a blob that is right for one and wrong for the other: nobody knows which of them is wrong. */
  async #crossCheck(blob: BlobFacts): Promise<void> {
    const reading = await this.#read(blob, 'noble');
    this.report.crossChecked += 1;
    if (reading.state !== 'bad') return this.#conclude(blob, reading);
    const again = await this.#read(blob);
    if (again.state !== 'good') return this.#conclude(blob, again);
    this.report.disputed.push({digest: blob.digest, reason: reading.reason});
  }

  async #conclude(blob: BlobFacts, reading: Reading): Promise<void> {
    if (reading.state === 'vanished') this.report.vanished.push(blob.digest);
    else if (reading.state === 'unreadable')
      this.report.unreadable.push({digest: blob.digest, reason: reading.reason});
    else if (reading.state === 'bad') await this.#setAside(blob, reading);
    else await this.#record(blob);
    if (reading.state === 'good' || reading.state === 'bad') this.report.blobsHashed += 1;
    this.#options.onProgress?.(this.report.bytesHashed, this.report.blobsHashed);
  }

  async #read(blob: BlobFacts, implementation?: HashRequest['implementation']): Promise<Reading> {
    const answer = await this.#pool.hash(blobPath(this.#context.paths, blob.digest), implementation);
    if ('errno' in answer) return readingOfError(answer.errno, answer.message);
    this.report.bytesHashed += answer.bytes;
    if (answer.hex === hexOf(blob.digest)) return {state: 'good', reason: ''};
    return {
      state: 'bad',
      reason: `${answer.bytes} bytes that hash to sha256:${answer.hex}`,
      inode: answer.inode,
    };
  }

  /** What is no longer there to be moved was trashed or replaced meanwhile: not this scrub's finding. */
  async #setAside({digest}: BlobFacts, {reason, inode}: Reading): Promise<void> {
    const quarantined = await quarantineBlob(this.#context, digest, {reason, inode});
    if (quarantined === undefined) this.report.vanished.push(digest);
    else this.report.damaged.push({digest, reason, quarantined});
  }

  async #record({digest, size}: BlobFacts): Promise<void> {
    this.#proofs.push([digest, {at: isoTime(this.#context.now()), result: 'good'}]);
    this.#unwrittenBytes += size;
    if (this.#proofs.length >= LEDGER_BATCH.blobs || this.#unwrittenBytes >= LEDGER_BATCH.bytes)
      await this.writeLedger();
  }

  async writeLedger(): Promise<void> {
    const proofs = this.#proofs;
    this.#proofs = [];
    this.#unwrittenBytes = 0;
    if (proofs.length === 0) return;
    await this.#context.catalog.transaction('recording proofs', () => {
      for (const [digest, proof] of proofs) {
        const known = this.#context.tables.ledger.get(digest);
        // Found bad meanwhile, by somebody else.
        const isOvertaken = known?.result === 'bad' && known.at > proof.at;
        if (!isOvertaken) void this.#context.tables.ledger.put(digest, proof);
      }
    });
    pausePoint('scrub.recorded');
  }
}

interface Reading {
  state: 'good' | 'bad' | 'vanished' | 'unreadable';
  reason: string;
  /** Which file was read, where one was. */
  inode?: bigint;
}

/**
 * A read error of the disk, or a folder in place of a file, says something about the bytes; no permission, or too many
 * open files, says nothing.
 */
function readingOfError(errno: string, message: string): Reading {
  if (errno === 'ENOENT') return {state: 'vanished', reason: message};
  return {state: errno === 'EIO' || errno === 'EISDIR' ? 'bad' : 'unreadable', reason: message};
}
