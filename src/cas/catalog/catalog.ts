/**
 * The LMDB environment in storage/catalog: indexes, ledger, leases. Derived or disposable, never the only holder of
 * anything that matters. All writes go through `transaction`, which is exclusive across processes, durable when it
 * resolves, and refuses to write into an environment that was replaced behind this process's back.
 */
import {open, type Database, type Key, type RootDatabase} from 'lmdb';
import {CosmosError} from '../../errors.ts';
import {sleep} from '../../platform/clock.ts';
import {describeProcess, isProvenAlive} from '../../platform/process-identity.ts';
import {sharedSignal} from '../../platform/shared-signal.ts';
import {dataFileId, isDataFileLong, isDataFileWhole, lengthenDataFile} from './data-file.ts';
import {explainCatalogError, hushReports, isLmdbError, reasonOf} from './failures.ts';
import {dropHolder, findHolder, forgetHolder, noteHolder, type Holder} from './holders.ts';
import {requireLocalDisk} from './safe-place.ts';

/** Raised when a table changes shape; another version is rebuilt, never migrated: everything here is derived. */
export const CATALOG_VERSION = 7;

/** After this long a waiting writer says who it waits for: long enough never to be seen in ordinary use. */
const PATIENCE_MS = 5000;
/** So long for a process that cannot be proven to live; LMDB gives its lock to the next when the holder is dead. */
const DOUBT_MS = 10_000;
const POLL_MS = 25;

export type TableKey = Key;
export type Table<Value, TKey extends TableKey> = Database<Value, TKey>;

export interface CatalogOptions {
  /** Told, once for each wait, that another process has held the write lock for more than 5 s. */
  onWait?: ((message: string) => void) | undefined;
}

export class Catalog {
  readonly folder: string;
  readonly #root: RootDatabase<unknown, string>;
  readonly #tables = new Map<string, Table<unknown, TableKey>>();
  readonly #onWait: (message: string) => void;
  readonly #fileId: string;
  /** Aborted with the reason when a commit fails. LMDB answers no transaction after that, so none is begun. */
  readonly #failure = new AbortController();

  private constructor(
    folder: string,
    root: RootDatabase<unknown, string>,
    fileId: string,
    options: CatalogOptions,
  ) {
    this.folder = folder;
    this.#root = root;
    this.#fileId = fileId;
    this.#onWait = options.onWait ?? (() => undefined);
    sharedSignal(this.#failure.signal);
  }

  /** Makes the environment in a folder that has none. @throws CosmosError catalog.unsafe */
  static create(folder: string, options: CatalogOptions = {}): Catalog {
    requireLocalDisk(folder);
    const root = openRoot(folder);
    return new Catalog(folder, root, dataFileId(folder), options);
  }

  /**
   * Opens the environment. LMDB takes the write lock while it opens, and would freeze this process while another one
   * is stopped inside a transaction; so that is waited for beforehand.
   * @returns undefined when there is none, or none that LMDB can read
   * @throws CosmosError catalog.unsafe on a network filesystem, whose locks and memory maps do not hold
   */
  static async open(folder: string, options: CatalogOptions = {}): Promise<Catalog | undefined> {
    requireLocalDisk(folder);
    const fileId = dataFileId(folder);
    if (!(await isSoonWhole(folder))) return undefined;
    const doubtful = await waitForLongHolder(folder, options.onWait);
    try {
      const root = openRoot(folder);
      if (doubtful) dropHolder(folder, doubtful);
      return new Catalog(folder, root, fileId, options);
    } catch (error) {
      if (isLmdbError(error)) return undefined;
      throw explainCatalogError(error, folder);
    }
  }

  /** A named table; one object for each name. Keys are bytes only, or anything that LMDB puts into an order. */
  table<Value, TKey extends TableKey>(
    name: string,
    keyEncoding: 'binary' | 'ordered-binary' = 'ordered-binary',
  ): Table<Value, TKey> {
    const known = this.#tables.get(name);
    if (known) return known as unknown as Table<Value, TKey>;
    try {
      const table = this.#root.openDB<unknown, TableKey>({name, keyEncoding});
      this.#tables.set(name, table);
      return table as unknown as Table<Value, TKey>;
    } catch (error) {
      throw explainCatalogError(error, this.folder);
    }
  }

  /**
   * Runs `work` alone among all processes; what it wrote is on disk when the promise resolves, or undone when it threw.
   * `work` is synchronous: nothing else of this process may slip into the transaction. After a commit that the disk
   * refused, every transaction of this process fails in the same way, those that wait too.
   * @throws CosmosError catalog.replaced when the environment on disk is no longer the one that this process opened
   */
  async transaction<T>(purpose: string, work: () => T): Promise<T> {
    const value = await this.#commit(purpose, work);
    if (!isDataFileLong(this.folder)) {
      await this.#commit('lengthening the catalog', () => lengthenDataFile(this.folder));
    }
    return value;
  }

  async #commit<T>(purpose: string, work: () => T): Promise<T> {
    const {signal} = this.#failure;
    signal.throwIfAborted();
    const timer = setTimeout(() => this.#sayWhoHolds(), PATIENCE_MS);
    let noted = 0;
    try {
      return await withSignal(
        this.#root.childTransaction(() => {
          clearTimeout(timer);
          this.#refuseReplaced();
          noted = noteHolder(this.folder, purpose);
          return work();
        }),
        signal,
      );
    } catch (error) {
      const reason = await reasonOf(error);
      const explained = explainCatalogError(reason, this.folder);
      if (reason !== error) this.#failure.abort(explained);
      throw explained;
    } finally {
      clearTimeout(timer);
      forgetHolder(this.folder, noted);
    }
  }

  /** Another number after every transaction of any process. */
  get version(): number {
    const {lastTxnId} = this.#root.getStats() as {lastTxnId: number};
    return lastTxnId;
  }

  /** Why no transaction of this process can succeed any more; undefined while they can. */
  get failure(): unknown {
    return this.#failure.signal.reason as unknown;
  }

  async close(): Promise<void> {
    await this.#root.close();
  }

  #refuseReplaced(): void {
    if (dataFileId(this.folder) === this.#fileId) return;
    throw new CosmosError(
      'catalog.replaced',
      'The catalog was rebuilt by another process while this one was working.',
      {
        hint: 'Nothing was lost. Run the command again.',
        facts: {catalog: this.folder},
      },
    );
  }

  #sayWhoHolds(): void {
    this.#onWait(describeWait(findHolder(this.folder)));
  }
}

/**
 * Address space, no memory. LMDB would begin with a small map and keep every one that the file outgrows, so that the
 * same pages count several times. Windows makes the file as large as the map: there it grows as is needed.
 */
const MAP = process.platform === 'win32' ? {} : {mapSize: 1 << 30};

/**
 * A promise of LMDB is to mean that the disk has it, and one that fails is to be one that somebody awaits: hence no sync
 * after the commit, and no batch for each turn of the event loop, whose failure nobody would hear of.
 */
const DURABLE = {overlappingSync: false, eventTurnBatching: false};

function openRoot(folder: string): RootDatabase<unknown, string> {
  hushReports();
  return open<unknown, string>({path: folder, noSubdir: false, maxDbs: 24, ...DURABLE, ...MAP});
}

/** The promise, or the reason of the signal, whichever is first. */
async function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, {once: true});
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

/** A transaction that has just ended may still have to lengthen the file. */
async function isSoonWhole(folder: string): Promise<boolean> {
  for (let look = 0; look < 10; look += 1) {
    if (isDataFileWhole(folder)) return true;
    if (dataFileId(folder) === 'none') return false;
    await sleep(POLL_MS);
  }
  return false;
}

/**
 * Returns when no other process is known to be in a transaction, or when it is another transaction than before. One that
 * cannot be proven to live, such as one of a container that was killed, is waited for in the lock itself after a while.
 * @returns what may have been left by the dead
 */
async function waitForLongHolder(
  folder: string,
  onWait: CatalogOptions['onWait'],
): Promise<Holder | undefined> {
  const first = findHolder(folder);
  for (let waitedMs = 0, holder = first; first && holder; waitedMs += POLL_MS, holder = findHolder(folder)) {
    if (holder.pid !== first.pid || holder.turn !== first.turn) return undefined;
    if (waitedMs === PATIENCE_MS) onWait?.(describeWait(holder));
    if (waitedMs >= DOUBT_MS && !isProvenAlive(holder)) return holder;
    await sleep(POLL_MS);
  }
  return undefined;
}

function describeWait(holder: Holder | undefined): string {
  const who = holder ? `${describeProcess(holder)} (${holder.purpose})` : 'another process';
  return `waiting for the catalog: it is being written by ${who}; end or continue that process`;
}
