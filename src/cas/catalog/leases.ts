/**
 * Leases: records that a process still needs some blobs, or drives some run. A lease ends when it is released or when its
 * process is proven dead; where nothing is proven, when it expires. A process that is proven to run keeps its lease, whatever
 * a clock says. What a lease has announced, gc leaves alone.
 */
import {CosmosError} from '../../errors.ts';
import {isoTime, type Now} from '../../platform/clock.ts';
import {
  describeProcess,
  identifySelf,
  isProvenAlive,
  isProvenDead,
  type ProcessIdentity,
} from '../../platform/process-identity.ts';
import {randomHex} from '../../platform/random.ts';
import type {Digest} from '../digest.ts';
import type {Catalog, Table} from './catalog.ts';

/** Long enough for any pause of a laptop that still means to go on; renewed every hour by a living process. */
const LEASE_MS = 24 * 60 * 60 * 1000;
const RENEW_MS = 60 * 60 * 1000;

/** Announcements that are looked through together: a run may have 100,000. */
const KEYS_AT_ONCE = 4096;

export interface LeaseRecord {
  holder: ProcessIdentity;
  purpose: string;
  /** What only one process may drive at a time, such as a run id; null for leases that only protect blobs. */
  subject: string | null;
  createdAt: string;
  expiresAt: string;
}

export interface LeaseEntry extends LeaseRecord {
  id: string;
}

/** One process's claim. Release it when a document names what was announced, or when giving up. */
export interface Lease {
  id: string;
  /** Durable when it resolves: from then on gc keeps these digests. */
  announce(digests: readonly Digest[]): Promise<void>;
  /** Whether the record is still there; exact inside a catalog transaction. */
  isHeld(): boolean;
  release(): Promise<void>;
}

export class Leases {
  readonly #catalog: Catalog;
  readonly #now: Now;
  readonly #leases: Table<LeaseRecord, string>;
  readonly #announcements: Table<true, [Digest, string]>;

  constructor(catalog: Catalog, now: Now) {
    this.#catalog = catalog;
    this.#now = now;
    this.#leases = catalog.table('leases');
    this.#announcements = catalog.table('announcements');
  }

  /** @throws CosmosError lease.held when a process that is not proven dead holds the same subject */
  async acquire(purpose: string, subject: string | null = null): Promise<Lease> {
    const id = randomHex(12);
    await this.#catalog.transaction(`lease for ${purpose}`, () => {
      if (subject !== null) this.#endOrRefuse(subject);
      void this.#leases.put(id, this.#record(purpose, subject));
    });
    return this.#handle(id, purpose, subject);
  }

  /** Runs `work` under a lease that is released whatever happens. */
  async hold<T>(
    purpose: string,
    work: (lease: Lease) => Promise<T>,
    subject: string | null = null,
  ): Promise<T> {
    const lease = await this.acquire(purpose, subject);
    const result = await work(lease).catch(async (error: unknown) => {
      await lease.release().catch(() => undefined);
      throw error;
    });
    await lease.release();
    return result;
  }

  /** Who drives `subject` now, judged without changing anything. */
  holderOf(subject: string): LeaseEntry | undefined {
    return this.list().find((entry) => entry.subject === subject && !this.#isOver(entry));
  }

  list(): LeaseEntry[] {
    return Array.from(this.#leases.getRange(), ({key, value}) => ({id: key, ...value}));
  }

  /** Leases that still count. */
  listLiving(): LeaseEntry[] {
    return this.list().filter((entry) => !this.#isOver(entry));
  }

  /** Removes the leases that do not count any more. @returns how many */
  async endDead(): Promise<number> {
    return this.#catalog.transaction('ending the leases of dead processes', () => {
      const over = this.list().filter((entry) => this.#isOver(entry));
      for (const entry of over) this.#remove(entry.id);
      return over.length;
    });
  }

  /** Removes one lease at a person's word. @returns false when there is none of that id */
  async break(id: string): Promise<boolean> {
    return this.#catalog.transaction('breaking a lease', () => {
      const isKnown = this.#leases.doesExist(id);
      if (isKnown) this.#remove(id);
      return isKnown;
    });
  }

  /** Whether any recorded lease, living or not, announced the digest; exact inside a catalog transaction. */
  isAnnounced(digest: Digest): boolean {
    return this.#announcements.getKeysCount({start: [digest, ''], end: [digest, '\uffff'], limit: 1}) > 0;
  }

  /** Every digest that a living lease has announced. */
  announced(): Set<Digest> {
    const living = new Set(this.listLiving().map(({id}) => id));
    const keys = Array.from(this.#announcements.getKeys()).filter(([, id]) => living.has(id));
    return new Set(keys.map(([digest]) => digest));
  }

  #endOrRefuse(subject: string): void {
    for (const entry of this.list()) {
      if (entry.subject !== subject) continue;
      if (!this.#isOver(entry)) throw heldError(entry);
      this.#remove(entry.id);
    }
  }

  #record(purpose: string, subject: string | null): LeaseRecord {
    const now = this.#now();
    return {
      holder: identifySelf(),
      purpose,
      subject,
      createdAt: isoTime(now),
      expiresAt: isoTime(now + LEASE_MS),
    };
  }

  #isOver(entry: LeaseRecord): boolean {
    if (Date.parse(entry.expiresAt) > this.#now()) return isProvenDead(entry.holder);
    // A clock that was set, or a stop of more than a day, is no proof against what runs.
    return !isProvenAlive(entry.holder);
  }

  /** In many transactions, as each of them holds in memory what it changes. */
  async #release(id: string): Promise<void> {
    let last: [Digest, string] | undefined;
    do last = await this.#catalog.transaction('releasing a lease', () => this.#removeSome(id, last));
    while (last);
  }

  #remove(id: string): void {
    let last: [Digest, string] | undefined;
    do last = this.#removeSome(id, last);
    while (last);
  }

  /** Looks through some announcements; the lease goes with the last. @returns the last of these; undefined at the end */
  #removeSome(id: string, start: [Digest, string] | undefined): [Digest, string] | undefined {
    const keys = Array.from(this.#announcements.getKeys({...(start && {start}), limit: KEYS_AT_ONCE}));
    for (const key of keys) if (key[1] === id) void this.#announcements.remove(key);
    if (keys.length === KEYS_AT_ONCE) return keys.at(-1);
    void this.#leases.remove(id);
    return undefined;
  }

  #handle(id: string, purpose: string, subject: string | null): Lease {
    const renewal = setInterval(
      () => void this.#renew(id, purpose, subject).catch(() => undefined),
      RENEW_MS,
    );
    renewal.unref();
    return {
      id,
      announce: (digests) =>
        this.#catalog.transaction('announcing blobs', () => {
          if (!this.#leases.doesExist(id)) throw leaseLost(purpose);
          for (const digest of digests) void this.#announcements.put([digest, id], true);
        }),
      isHeld: () => this.#leases.doesExist(id),
      release: async () => {
        clearInterval(renewal);
        await this.#release(id).catch(forgiveReplaced);
      },
    };
  }

  async #renew(id: string, purpose: string, subject: string | null): Promise<void> {
    await this.#catalog.transaction('renewing a lease', () => {
      const record = this.#leases.get(id);
      if (record) void this.#leases.put(id, {...this.#record(purpose, subject), createdAt: record.createdAt});
    });
  }
}

/** Whoever has lost a lease must not write on: others may have acted as if it were gone. */
export function leaseLost(what: string): CosmosError {
  return new CosmosError('lease.lost', `This process lost its lease while it was at work: ${what}.`, {
    hint: 'It expired, or was broken, or another process took over. Nothing was overwritten; look with "cosmos status", then run the command again.',
    facts: {what},
  });
}

/** A replaced catalog has none of our leases left: they are released. */
function forgiveReplaced(error: unknown): void {
  if (!(error instanceof CosmosError && error.code === 'catalog.replaced')) throw error;
}

/** When a lease ends that nobody releases: a sentence without its full stop. */
export function endOf({holder, expiresAt}: LeaseRecord): string {
  return isProvenAlive(holder)
    ? 'Its lease ends when that process ends'
    : `Its lease ends by itself at ${expiresAt}`;
}

function heldError(entry: LeaseEntry): CosmosError {
  return new CosmosError(
    'lease.held',
    `${entry.subject ?? 'This'} is being driven by ${describeProcess(entry.holder)}: ${entry.purpose}.`,
    {
      hint: `Two processes never drive one run. Wait for it or end it. ${endOf(entry)}; if you know that its process is gone: cosmos gc --break-lease ${entry.id}`,
      facts: {lease: entry.id, holder: entry.holder, expiresAt: entry.expiresAt},
    },
  );
}
