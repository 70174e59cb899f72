/**
 * Opening the catalog, or making it again from documents and blobs when it is missing, unreadable or of another version.
 * A rebuild happens under an exclusive claim, in a folder of its own, and is swapped in whole.
 */
import {renameSync} from 'node:fs';
import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {blobTables, recordBlob, type Proof} from '../cas/catalog/blob-tables.ts';
import {Catalog, CATALOG_VERSION, type CatalogOptions} from '../cas/catalog/catalog.ts';
import type {BlobFacts} from '../cas/descriptor.ts';
import type {Digest} from '../cas/digest.ts';
import type {StorePaths} from '../cas/local/paths.ts';
import {listBlobFiles} from '../cas/local/list.ts';
import {moveIfThere} from '../cas/local/quarantine.ts';
import {CosmosError, isErrno} from '../errors.ts';
import {findBytes} from '../manifest/document-file.ts';
import {Documents} from '../manifest/documents.ts';
import {DocumentIndex, sha256Of} from '../manifest/index/document-index.ts';
import {DOCUMENT_KINDS, type DocumentKind} from '../manifest/kinds.ts';
import {parseDocument} from '../manifest/validate.ts';
import {isoTime, type Now} from '../platform/clock.ts';
import {pausePoint} from '../platform/pause.ts';
import {ensureFolder, explainWriteError, syncFolderNow} from '../platform/publish.ts';
import {randomHex} from '../platform/random.ts';
import {withClaim} from './claim.ts';

export interface RebuildReport {
  documents: number;
  blobs: number;
  /** Files that are no valid documents, with the reason; they are not in the index and block gc. */
  invalid: {file: string; reason: string}[];
  /** Documents that the catalog before knew and whose files are gone. */
  gone: string[];
}

export interface OpenedCatalog {
  catalog: Catalog;
  /** Set when the catalog had to be made again. */
  rebuilt: RebuildReport | undefined;
}

interface Place {
  paths: StorePaths;
  manifests: string;
  now: Now;
}

export async function openCatalog(place: Place, options: CatalogOptions): Promise<OpenedCatalog> {
  const ready = await openIfReady(place.paths.catalog, options);
  if (ready) return {catalog: ready, rebuilt: undefined};
  return withClaim(`${place.paths.catalog}.claim`, async () => {
    const again = await openIfReady(place.paths.catalog, options);
    if (again) return {catalog: again, rebuilt: undefined};
    const rebuilt = await rebuildCatalog(place, [], unasked);
    if (!rebuilt) throw new Error('nobody was asked, and said no');
    const catalog = await openIfReady(place.paths.catalog, options);
    if (!catalog) throw new Error('a catalog that was just made cannot be opened');
    return {catalog, rebuilt};
  });
}

/**
 * Makes the catalog again although it works, with what it says was proven. What somebody commits into it meanwhile would be
 * unknown to the new one, which therefore takes its place in a transaction of the old one, and only if nobody has.
 * @throws CosmosError lease.held
 */
export async function replaceCatalog(place: Place, old: Catalog): Promise<RebuildReport> {
  return withClaim(`${place.paths.catalog}.claim`, async () => {
    for (let turn = 0; turn < TURNS; turn += 1) {
      const {version} = old;
      const ledger = Array.from(blobTables(old).ledger.entries());
      const report = await rebuildCatalog(place, ledger, (swap) => swapIfSame(old, version, swap));
      if (report) return report;
    }
    throw new CosmosError(
      'lease.held',
      'Somebody wrote into this workspace while the catalog was made again.',
      {
        hint: 'Nothing was changed. Wait for the other commands or end them, then rebuild.',
      },
    );
  });
}

/** Each takes as long as a rebuild. */
const TURNS = 3;

async function openIfReady(folder: string, options: CatalogOptions): Promise<Catalog | undefined> {
  const catalog = await Catalog.open(folder, options);
  if (!catalog) return undefined;
  if (catalog.table<number, string>('meta').get('version') === CATALOG_VERSION) return catalog;
  await catalog.close();
  return undefined;
}

/** Calls `swap`, or not. @returns whether it did */
type Swapper = (swap: () => void) => Promise<boolean>;

const unasked: Swapper = (swap) => {
  swap();
  return Promise.resolve(true);
};

/** Windows moves no file that is open: there is an instant then in which somebody else may commit. */
async function swapIfSame(old: Catalog, version: number, swap: () => void): Promise<boolean> {
  const isWindows = process.platform === 'win32';
  const isSame = await old.transaction('putting a new catalog in place', () => {
    if (old.version !== version) return false;
    if (!isWindows) swap();
    return true;
  });
  if (isSame && isWindows) {
    await old.close();
    swap();
  }
  return isSame;
}

/** @returns undefined when the new one was not wanted any more */
async function rebuildCatalog(
  place: Place,
  ledger: [Digest, Proof][],
  swapper: Swapper,
): Promise<RebuildReport | undefined> {
  await removeRemains(place.paths);
  const folder = `${place.paths.catalog}.new-${randomHex(4)}`;
  await ensureFolder(folder);
  const catalog = Catalog.create(folder);
  try {
    const report = await fillCatalog(place, catalog, ledger);
    await catalog.close();
    pausePoint('catalog.made');
    const isWanted = await swapper(() => swapIn(place.paths.catalog, folder));
    await removeRemains(place.paths);
    return isWanted ? report : undefined;
  } catch (error) {
    await catalog.close().catch(() => undefined);
    await rm(folder, {recursive: true, force: true});
    throw error;
  }
}

/** What this rebuild has replaced, or an earlier one left when it was killed; the claim says that no other is at work now. */
async function removeRemains(paths: StorePaths): Promise<void> {
  const names = await readdir(paths.root);
  const remains = names.filter((name) => /^catalog\.(new|old)-[0-9a-f]{8}$/.test(name));
  for (const name of remains) await rm(join(paths.root, name), {recursive: true, force: true});
}

async function fillCatalog(
  place: Place,
  catalog: Catalog,
  ledger: [Digest, Proof][],
): Promise<RebuildReport> {
  const report: RebuildReport = {documents: 0, blobs: 0, invalid: [], gone: []};
  const index = new DocumentIndex(catalog);
  const documents = new Documents(place.manifests, catalog, index);
  for (const kind of DOCUMENT_KINDS) await indexKind(kind, documents, index, {catalog, report});
  const blobs: BlobFacts[] = [];
  for await (const blob of listBlobFiles(place.paths)) blobs.push(blob);
  report.blobs = blobs.length;
  await catalog.transaction('rebuilding the catalog', () => {
    const tables = blobTables(catalog);
    for (const blob of blobs) recordBlob(tables, blob, isoTime(place.now()));
    for (const [digest, proof] of ledger) void tables.ledger.put(digest, proof);
    void catalog.table<number, string>('meta').put('version', CATALOG_VERSION);
  });
  return report;
}

/** Documents indexed in one transaction. */
const INDEXED_AT_ONCE = 500;

async function indexKind(
  kind: DocumentKind,
  documents: Documents,
  index: DocumentIndex,
  {catalog, report}: {catalog: Catalog; report: RebuildReport},
): Promise<void> {
  const ids = await documents.listIds(kind);
  for (let start = 0; start < ids.length; start += INDEXED_AT_ONCE) {
    const read = await Promise.all(
      ids.slice(start, start + INDEXED_AT_ONCE).map((id) => readForIndex(kind, id, documents, report)),
    );
    await catalog.transaction('rebuilding the catalog', () => {
      for (const entry of read) if (entry) index.put(kind, entry.id, entry.document, sha256Of(entry.bytes));
    });
    report.documents += read.filter(Boolean).length;
  }
}

async function readForIndex<Kind extends DocumentKind>(
  kind: Kind,
  id: string,
  documents: Documents,
  report: RebuildReport,
) {
  const file = documents.pathOf(kind, id);
  try {
    const bytes = findBytes(file);
    return bytes && {id, bytes, document: await parseDocument(kind, bytes, file, id)};
  } catch (error) {
    if (!(error instanceof CosmosError) && !isErrno(error)) throw error;
    report.invalid.push({file, reason: error.message});
    return undefined;
  }
}

function swapIn(catalog: string, fresh: string): void {
  try {
    moveIfThere(catalog, `${catalog}.old-${randomHex(4)}`);
    renameSync(fresh, catalog);
  } catch (error) {
    throw explainWriteError(error, catalog);
  }
  syncFolderNow(join(catalog, '..'));
}
