/** The composition root: opens a workspace and hands out its pieces. Everything below takes what it needs from here. */
import {join} from 'node:path';
import {blobTables} from '../cas/catalog/blob-tables.ts';
import {Leases} from '../cas/catalog/leases.ts';
import {refuseLocks, requireLocalDisk} from '../cas/catalog/safe-place.ts';
import {Journal} from '../cas/journal.ts';
import {readGround} from '../cas/local/ground-record.ts';
import {LocalStore} from '../cas/local/local-store.ts';
import {storePaths} from '../cas/local/paths.ts';
import {Documents} from '../manifest/documents.ts';
import {DocumentIndex} from '../manifest/index/document-index.ts';
import {Sightings} from '../manifest/sightings.ts';
import {systemNow, type Now} from '../platform/clock.ts';
import {SETTINGS_FILE} from './discover.ts';
import {ensureStore} from './layout.ts';
import {openCatalog, type RebuildReport} from './open-catalog.ts';
import {loadSettings} from './settings/load.ts';
import type {LoadedSettings} from './settings/types.ts';
import {userSettingsFile} from './settings/user-file.ts';

export interface Workspace {
  root: string;
  storeId: string;
  store: LocalStore;
  leases: Leases;
  journal: Journal;
  documents: Documents;
  index: DocumentIndex;
  sightings: Sightings;
  now: Now;
  /** Where views and the local target live. */
  outputs: string;
  localTarget: string;
  /** Set when opening had to make the catalog again. */
  rebuilt: RebuildReport | undefined;
  /** Settings of flags, environment and files; loaded on first use, as listings need none. */
  settings: (options?: {isFresh: boolean}) => Promise<LoadedSettings>;
  /** Called before the workspace is closed, for what must end with it. */
  onClose: (work: () => Promise<void>) => void;
  close: () => Promise<void>;
}

export interface OpenOptions {
  /** Who acts, for the journal: the command. */
  actor: string;
  env?: NodeJS.ProcessEnv;
  home?: string;
  /** Settings given on the command line, by dotted key. */
  flags?: Readonly<Record<string, unknown>>;
  now?: Now;
  /** Told when the catalog stays locked for long. */
  onWait?: (message: string) => void;
}

/** @throws CosmosError layout.newer, store.mismatch, store.readonly, catalog.busy, catalog.unsafe */
export async function openWorkspace(root: string, options: OpenOptions): Promise<Workspace> {
  const now = options.now ?? systemNow;
  const paths = storePaths(join(root, 'storage'));
  const manifests = join(root, 'manifests');
  requireLocalDisk(paths.root);
  const ground = await readGround(paths);
  if (ground.locks === 'no') throw refuseLocks(paths.root);
  const storeId = await ensureStore(paths, manifests);
  const {catalog, rebuilt} = await openCatalog({paths, manifests, now}, {onWait: options.onWait});
  const index = new DocumentIndex(catalog);
  const documents = new Documents(manifests, catalog, index);
  const journal = new Journal(paths.journal, options.actor, now);
  const leases = new Leases(catalog, now);
  const tables = blobTables(catalog);
  const hasLinks = ground.hardLink !== 'no';
  const store = new LocalStore({
    paths,
    catalog,
    tables,
    leases,
    journal,
    now,
    hasLinks,
    knownShards: new Set(),
  });
  await documents.repeatLeftIntents().catch(async (error: unknown) => {
    await catalog.close();
    throw error;
  });
  let settings: Promise<LoadedSettings> | undefined;
  const closing: (() => Promise<void>)[] = [];
  return {
    root,
    storeId,
    store,
    leases,
    journal,
    documents,
    index,
    sightings: new Sightings(catalog, now),
    now,
    outputs: join(root, 'outputs'),
    localTarget: join(root, 'work', 'local'),
    rebuilt,
    settings: ({isFresh} = {isFresh: false}) => {
      if (isFresh) settings = undefined;
      return (settings ??= loadSettings(settingsSources(root, options)));
    },
    onClose: (work) => closing.push(work),
    close: async () => {
      await Promise.allSettled(closing.map((work) => work()));
      await catalog.close();
    },
  };
}

/** Where the settings of a workspace come from; also used without opening it. */
export function settingsSources(
  root: string,
  options: Pick<OpenOptions, 'env' | 'home' | 'flags'>,
): Parameters<typeof loadSettings>[0] {
  const env = options.env ?? {};
  return {
    flags: options.flags ?? {},
    env,
    workspaceFile: join(root, SETTINGS_FILE),
    userFile: userSettingsFile(env, process.platform, options.home ?? env['HOME'] ?? ''),
  };
}
