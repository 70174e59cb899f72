/**
 * Scrub: re-reads and re-hashes every byte of the given blobs on every core, and writes each result into the ledger.
 * A mismatch is read once more before it is believed; then the bytes go to quarantine. What is bad stays due until the
 * right bytes are back.
 */
import {mapLimit} from '../../platform/concurrency.ts';
import {HashPool} from '../../platform/hash-pool.ts';
import {isoTime} from '../../platform/clock.ts';
import type {Proof} from '../catalog/blob-tables.ts';
import type {BlobFacts} from '../descriptor.ts';
import type {Digest} from '../digest.ts';
import {hexOf} from '../digest.ts';
import type {StoreContext} from '../local/context.ts';
import {blobPath} from '../local/paths.ts';
import {quarantineBlob} from '../local/quarantine.ts';

export interface ScrubOptions {
  /** Threads; the number of cores is right for all but tests. */
  workers: number;
  onProgress?: ((bytesHashed: number, blobsDone: number) => void) | undefined;
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
  /** Wrong at first, right when read again: the disk or the memory deserves a look. */
  readTwice: Digest[];
  workers: number;
}

/** Results written to the ledger at once: a killed scrub repeats at most this many blobs. */
const LEDGER_BATCH = 32;

export async function scrub(
  context: StoreContext,
  blobs: readonly BlobFacts[],
  options: ScrubOptions,
): Promise<ScrubReport> {
  const pool = new HashPool(Math.max(1, Math.min(options.workers, blobs.length)));
  const run = new ScrubRun(context, pool, options);
  try {
    await mapLimit(largestFirst(blobs), pool.size, async (blob) => {
      options.signal?.throwIfAborted();
      await run.check(blob);
    });
    await run.writeLedger();
  } catch (error) {
    await run.writeLedger().catch(() => undefined);
    throw error;
  } finally {
    await pool.close();
  }
  return run.report;
}

/** Otherwise one core could be left alone with the largest file at the end. */
function largestFirst(blobs: readonly BlobFacts[]): BlobFacts[] {
  return [...blobs].sort((a, b) => b.size - a.size);
}

class ScrubRun {
  readonly report: ScrubReport;
  readonly #context: StoreContext;
  readonly #pool: HashPool;
  readonly #options: ScrubOptions;
  #proofs: [Digest, Proof][] = [];

  constructor(context: StoreContext, pool: HashPool, options: ScrubOptions) {
    this.#context = context;
    this.#pool = pool;
    this.#options = options;
    this.report = {
      blobsHashed: 0,
      bytesHashed: 0,
      damaged: [],
      vanished: [],
      unreadable: [],
      readTwice: [],
      workers: pool.size,
    };
  }

  async check(blob: BlobFacts): Promise<void> {
    const first = await this.#read(blob);
    const reading = first.state === 'bad' ? await this.#read(blob) : first;
    if (first.state === 'bad' && reading.state === 'good') this.report.readTwice.push(blob.digest);
    if (reading.state === 'vanished') this.report.vanished.push(blob.digest);
    else if (reading.state === 'unreadable')
      this.report.unreadable.push({digest: blob.digest, reason: reading.reason});
    else if (reading.state === 'bad') await this.#setAside(blob, reading);
    else await this.#record(blob.digest);
    if (reading.state === 'good' || reading.state === 'bad') this.report.blobsHashed += 1;
    this.#options.onProgress?.(this.report.bytesHashed, this.report.blobsHashed);
  }

  async #read(blob: BlobFacts): Promise<Reading> {
    const answer = await this.#pool.hash(blobPath(this.#context.paths, blob.digest));
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
    const quarantined = await quarantineBlob(this.#context, digest, reason, inode);
    if (quarantined === undefined) this.report.vanished.push(digest);
    else this.report.damaged.push({digest, reason, quarantined});
  }

  async #record(digest: Digest): Promise<void> {
    this.#proofs.push([digest, {at: isoTime(this.#context.now()), result: 'good'}]);
    if (this.#proofs.length >= LEDGER_BATCH) await this.writeLedger();
  }

  async writeLedger(): Promise<void> {
    const proofs = this.#proofs;
    this.#proofs = [];
    if (proofs.length === 0) return;
    await this.#context.catalog.transaction('recording proofs', () => {
      for (const [digest, proof] of proofs) {
        const known = this.#context.tables.ledger.get(digest);
        if (!known || known.at <= proof.at) void this.#context.tables.ledger.put(digest, proof);
      }
    });
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
