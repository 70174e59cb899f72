/** What a sync was about, by its place in the workspace. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/^storage\/catalog(\/|$)/, 'the catalog'],
  [/^storage\/journal\/./, 'the journal'],
  [/^storage\/journal$/, 'the folder of the journal'],
  [/^storage\/ingest\/.*\.part$/, 'the bytes of a blob'],
  [/^storage\/blobs\/sha256\/..$/, 'the folder of a blob'],
  [/^storage\/blobs\/sha256$/, 'the folder of those folders'],
  [/^storage\/trash$/, 'the folder of the trash'],
  [/^storage\/trash\/[^/]+$/, 'the folder of a batch of the trash'],
  [/^storage\/trash\/[^/]+\/batch\.json/, 'the record of a batch'],
  [/^storage\/trash\/.*\.part$/, 'the record of a batch'],
  [/^storage\/trash\/[^/]+\/blobs/, 'the folder of trashed blobs'],
  [/^storage\/trash\/[^/]+\/documents$/, 'the folder of the folders of trashed documents'],
  [/^storage\/trash\/[^/]+\/documents\/./, 'the folder of trashed documents'],
  [/^manifests\/.*\.(part|json)$/, 'the bytes of a document'],
  [/^manifests\/./, 'the folder of a document'],
];

export function whatOf(place: string): string {
  return PLACES.find(([pattern]) => pattern.test(place))?.[1] ?? place.replaceAll(/[0-9a-f]{6,}/g, '…');
}
