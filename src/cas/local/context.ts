/** What the parts of the local store share: where it is, its catalog and journal, and the time. */
import type {Now} from '../../platform/clock.ts';
import type {BlobTables} from '../catalog/blob-tables.ts';
import type {Catalog} from '../catalog/catalog.ts';
import type {Leases} from '../catalog/leases.ts';
import type {Journal} from '../journal.ts';
import type {StorePaths} from './paths.ts';

export interface StoreContext {
  paths: StorePaths;
  catalog: Catalog;
  tables: BlobTables;
  leases: Leases;
  journal: Journal;
  now: Now;
  /** False when the record of the ground says that hard links do not work here. */
  hasLinks: boolean;
  /** Shard folders that this process knows to be durable. */
  knownShards: Set<string>;
}
