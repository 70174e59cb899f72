/**
 * The LMDB environment in storage/catalog: indexes, ledger, leases. Derived or disposable, never the only holder of
 * anything that matters. All writes go through `transaction`, which is exclusive across processes, durable when it
 * resolves, and refuses to write into an environment that was replaced behind this process's back.
 */
import {statSync, writeFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {open, type Database, type Key, type RootDatabase} from 'lmdb';
import {CosmosError} from '../../errors.ts';
import {describeProcess, identifySelf, type ProcessIdentity} from '../../platform/process-identity.ts';

/** Raised when a table changes shape; another version is rebuilt, never migrated: everything here is derived. */
export const CATALOG_VERSION = 1;

/** After this long a waiting writer says who it waits for: long enough never to be seen in ordinary use. */
const PATIENCE_MS = 5000;

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

  private constructor(folder: string, root: RootDatabase<unknown, string>, options: CatalogOptions) {
    this.folder = folder;
    this.#root = root;
    this.#onWait = options.onWait ?? (() => undefined);
    this.#fileId = dataFileId(folder);
  }

  /** Opens or makes the environment. Throws what LMDB throws when the file is not usable. */
  static open(folder: string, options: CatalogOptions = {}): Catalog {
    const root = open<unknown, string>({path: folder, noSubdir: false, maxDbs: 24});
    return new Catalog(folder, root, options);
  }

  /** A named table; one object for each name. */
  table<Value, TKey extends TableKey>(name: string): Table<Value, TKey> {
    const known = this.#tables.get(name);
    if (known) return known as unknown as Table<Value, TKey>;
    const table = this.#root.openDB<unknown, TableKey>({name});
    this.#tables.set(name, table);
    return table as unknown as Table<Value, TKey>;
  }

  /**
   * Runs `work` alone among all processes; what it wrote is on disk when the promise resolves, or undone when it threw.
   * `work` is synchronous: nothing else of this process may slip into the transaction.
   * @throws CosmosError catalog.replaced when the environment on disk is no longer the one that this process opened
   */
  async transaction<T>(purpose: string, work: () => T): Promise<T> {
    const timer = setTimeout(() => void this.#sayWhoHolds(), PATIENCE_MS);
    timer.unref();
    try {
      const value = await this.#root.childTransaction(() => {
        clearTimeout(timer);
        this.#claim(purpose);
        return work();
      });
      await this.#root.flushed;
      return value;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Drops read locks that killed processes left; they would keep old pages alive. */
  dropDeadReaders(): number {
    return this.#root.readerCheck();
  }

  async close(): Promise<void> {
    await this.#root.close();
  }

  #claim(purpose: string): void {
    if (dataFileId(this.folder) !== this.#fileId) {
      throw new CosmosError('catalog.replaced', 'The catalog was rebuilt by another process while this one was working.', {
        hint: 'Nothing was lost. Run the command again.',
        facts: {catalog: this.folder},
      });
    }
    writeFileSync(join(this.folder, 'holder.json'), JSON.stringify({...identifySelf(), purpose}));
  }

  async #sayWhoHolds(): Promise<void> {
    const holder = await readHolder(this.folder);
    const who = holder ? `${describeProcess(holder)} (${holder.purpose})` : 'another process';
    this.#onWait(`waiting for the catalog: it is being written by ${who}; end or continue that process`);
  }
}

/** Device and inode of the data file; 'none' when there is none. */
function dataFileId(folder: string): string {
  const stats = statSync(join(folder, 'data.mdb'), {bigint: true, throwIfNoEntry: false});
  return stats ? `${stats.dev}:${stats.ino}` : 'none';
}

async function readHolder(folder: string): Promise<(ProcessIdentity & {purpose: string}) | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, 'holder.json'), 'utf8')) as ProcessIdentity & {purpose: string};
  } catch {
    return undefined;
  }
}
