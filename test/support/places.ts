/** What lies where in a workspace, in words. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/^storage\/catalog(\/|$)/, 'the catalog'],
  [/^storage\/journal\/./, 'the journal'],
  [/^storage\/journal$/, 'the folder of the journal'],
  [/^storage\/ingest\/.*\.part$/, 'the bytes of a blob'],
  [/^storage\/ingest$/, 'the folder of new bytes'],
  [/^storage\/blobs\/sha256\/..\/./, 'a blob'],
  [/^storage\/blobs\/sha256\/..$/, 'the folder of a blob'],
  [/^storage\/blobs\/sha256$/, 'the folder of those folders'],
  [/^storage\/trees$/, 'the folder of leaves'],
  [/^storage\/trash$/, 'the folder of the trash'],
  [/^storage\/trash\/[^/]+$/, 'the folder of a batch of the trash'],
  [/^storage\/trash\/[^/]+\/batch\.json/, 'the record of a batch'],
  [/^storage\/trash\/.*\.part$/, 'the record of a batch'],
  [/^storage\/trash\/[^/]+\/blobs$/, 'the folder of trashed blobs'],
  [/^storage\/trash\/[^/]+\/blobs\/./, 'a trashed blob'],
  [/^storage\/trash\/[^/]+\/documents$/, 'the folder of the folders of trashed documents'],
  [/^storage\/trash\/[^/]+\/documents\/[^/]+$/, 'the folder of trashed documents'],
  [/^storage\/trash\/[^/]+\/documents\/./, 'a trashed document'],
  [/^manifests\/.*\.part$/, 'the bytes of a document'],
  [/^manifests\/.*\.json$/, 'a document'],
  [/^manifests\/./, 'the folder of a document'],
];

/** @returns undefined for what lies elsewhere */
export function placeInWorkspace(root: string, path: string): string | undefined {
  if (path !== root && !path.startsWith(`${root}/`)) return undefined;
  const place = path.slice(root.length + 1);
  return PLACES.find(([pattern]) => pattern.test(place))?.[1] ?? place.replaceAll(/[0-9a-f]{6,}/g, '…');
}
