/** Where things are under storage/. The layout is specified in storage/README.md. */
import {join, sep} from 'node:path';
import {hexOf, type Digest} from '../digest.ts';

export interface StorePaths {
  root: string;
  layout: string;
  ground: string;
  blobs: string;
  /** Leaves of large blobs. */
  trees: string;
  ingest: string;
  quarantine: string;
  trash: string;
  journal: string;
  catalog: string;
}

export function storePaths(root: string): StorePaths {
  return {
    root,
    layout: join(root, 'layout.json'),
    ground: join(root, 'ground.json'),
    blobs: join(root, 'blobs', 'sha256'),
    trees: join(root, 'trees', 'sha256'),
    ingest: join(root, 'ingest'),
    quarantine: join(root, 'quarantine'),
    trash: join(root, 'trash'),
    journal: join(root, 'journal'),
    catalog: join(root, 'catalog'),
  };
}

/** The folder that holds a blob: named by the first two characters, so that no folder grows beyond 1/256 of the store. */
export function shardFolder(paths: StorePaths, digest: Digest): string {
  return join(paths.blobs, shardOf(digest));
}

function shardOf(digest: Digest): string {
  return hexOf(digest).slice(0, 2);
}

export function leavesPath(paths: StorePaths, digest: Digest): string {
  return join(paths.trees, shardOf(digest), hexOf(digest));
}

/** Put together without `join`, which for a million blobs takes as long as a look at them. */
export function blobPath(paths: StorePaths, digest: Digest): string {
  const hex = hexOf(digest);
  return `${paths.blobs}${sep}${hex.slice(0, 2)}${sep}${hex}`;
}
