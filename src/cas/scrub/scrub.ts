/**
 * Scrub: re-reads and re-hashes every byte of the given blobs on every core, and writes each result into the ledger.
 * A mismatch is read once more before it is believed; then the bytes go to quarantine. What is bad stays due until the
 * right bytes are back. A scrub that is stopped, or whose time is over, keeps what it has proven.
 */
import {randomInt} from 'node:crypto';
import {mapLimit} from '../../platform/concurrency.ts';
import {pausePoint} from '../../platform/pause.ts';
import {HashPool} from '../../platform/hash-pool.ts';
import {isoTime} from '../../platform/clock.ts';
import type {Proof} from '../catalog/blob-tables.ts';
import type {BlobFacts} from '../descriptor.ts';
import type {Digest} from '../digest.ts';
import type {ByteRange} from '../leaves/leaves.ts';
import type {StoreContext} from '../local/context.ts';
import {quarantineBlob} from '../local/quarantine.ts';
import {BlobReader, type Hashes, type Reading} from './reader.ts';

export interface ScrubOptions {
  /** Threads; the number of cores is right for all but tests. */
  workers: number;
  /** Nothing is begun later than this, milliseconds from the start. */
  budgetMs?: number | undefined;
  /** Large blobs may be left in the middle when that time is over or somebody stops, and are gone on with there. */
  keepsLooks?: boolean | undefined;
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
  /** Where it differs from its leaves; empty where it has none, or none of them sees it. */
  ranges: ByteRange[];
  /** Where the damaged bytes are now. */
  quarantined: string;
}

export interface ScrubReport {
  blobsHashed: number;
  bytesHashed: number;
  /** Large blobs that were compared with all their leaves by now, in several readings, and not hashed: looked at, not proven. */
  looked: BlobFacts[];
  /** Compared with leaves and not hashed. */
  bytesLooked: number;
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
  readonly #reader: BlobReader;
  readonly #options: ScrubOptions;
  readonly #until: number;
  #proofs: [Digest, Proof][] = [];
  #unwrittenBytes = 0;
  #writing = Promise.resolve();

  constructor(context: StoreContext, pool: Hashes, options: ScrubOptions) {
    this.#context = context;
    this.#options = options;
    this.#until = performance.now() + (options.budgetMs ?? Number.POSITIVE_INFINITY);
    this.#reader = new BlobReader(context, pool, {
      keepsLooks: options.keepsLooks === true,
      isOver: () => this.#isOver(),
      signal: options.signal,
    });
    this.report = {
      blobsHashed: 0,
      bytesHashed: 0,
      looked: [],
      bytesLooked: 0,
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
    const first = this.#count(await this.#reader.read(blob));
    const reading = first.state === 'bad' ? this.#count(await this.#reader.hashAgain(blob)) : first;
    if (first.state === 'bad' && reading.state === 'good') this.report.readTwice.push(blob.digest);
    if (reading.state === 'good' && isCrossChecked) await this.#crossCheck(blob);
    else await this.#conclude(blob, reading);
  }

  /** Nothing is recorded of a blob that is right for one and wrong for the other: nobody knows which of them is wrong. */
  async #crossCheck(blob: BlobFacts): Promise<void> {
    const reading = this.#count(await this.#reader.hash(blob, {implementation: 'noble'}));
    this.report.crossChecked += 1;
    if (reading.state !== 'bad') return this.#conclude(blob, reading);
    const again = this.#count(await this.#reader.hash(blob));
    if (again.state !== 'good') return this.#conclude(blob, again);
    this.report.disputed.push({digest: blob.digest, reason: reading.reason});
  }

  #count(reading: Reading): Reading {
    this.report.bytesHashed += reading.bytes;
    this.report.bytesLooked += reading.bytesLooked;
    return reading;
  }

  async #conclude(blob: BlobFacts, reading: Reading): Promise<void> {
    const {digest} = blob;
    const {state, reason} = reading;
    if (state === 'vanished') this.report.vanished.push(digest);
    else if (state === 'unreadable') this.report.unreadable.push({digest, reason});
    else if (state === 'looked') this.report.looked.push(blob);
    else if (state === 'stopped') this.report.left.push(blob);
    else if (state === 'bad') await this.#setAside(blob, reading);
    else await this.#record(blob);
    if (state === 'good' || state === 'bad') this.report.blobsHashed += 1;
    this.#options.onProgress?.(this.report.bytesHashed + this.report.bytesLooked, this.report.blobsHashed);
  }

  /** What is no longer there to be moved was trashed or replaced meanwhile: not this scrub's finding. */
  async #setAside({digest}: BlobFacts, {reason: what, inode, ranges = []}: Reading): Promise<void> {
    const reason = ranges.length === 0 ? what : `${what}; it differs in ${formatRanges(ranges)}`;
    const quarantined = await quarantineBlob(this.#context, digest, {reason, inode, ranges});
    if (quarantined === undefined) this.report.vanished.push(digest);
    else this.report.damaged.push({digest, reason, ranges, quarantined});
  }

  async #record({digest, size}: BlobFacts): Promise<void> {
    this.#proofs.push([digest, {at: isoTime(this.#context.now()), result: 'good'}]);
    this.#unwrittenBytes += size;
    if (this.#proofs.length < LEDGER_BATCH.blobs && this.#unwrittenBytes < LEDGER_BATCH.bytes) return;
    // Threads hash on while the disk takes a batch; not while it takes two.
    const before = this.#writing;
    this.#writing = this.#writeSome();
    this.#writing.catch(() => undefined);
    await before;
  }

  /** All of it, durable when it resolves. */
  async writeLedger(): Promise<void> {
    await this.#writing;
    await this.#writeSome();
  }

  async #writeSome(): Promise<void> {
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
        void this.#context.tables.looks.remove(digest);
      }
    });
    pausePoint('scrub.recorded');
  }
}

/** Ranges that are named one by one. */
const NAMED = 4;

function formatRanges(ranges: readonly ByteRange[]): string {
  const some = ranges.slice(0, NAMED).map(({start, end}) => `bytes ${start} to ${end - 1}`);
  const more = ranges.length - some.length;
  return some.join(', ') + (more > 0 ? ` and ${more} more places` : '');
}
