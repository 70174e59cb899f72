/** The files that a sheet plays: one working copy of each blob, however many runs name it. */
import {join} from 'node:path';
import type {Descriptor} from '../../cas/descriptor.ts';
import {hexOf, type Digest} from '../../cas/digest.ts';
import type {LocalStore} from '../../cas/local/local-store.ts';
import {materialize} from '../../cas/materialize.ts';
import {isLostBlob} from '../../cas/verified-read.ts';
import type {RunDocument, RunFile, Thumbnail} from '../../manifest/types.gen.ts';
import {mapLimit} from '../../platform/concurrency.ts';
import {endingOf, isVideo} from '../../runner/media-types.ts';

export interface AbsentFile {
  /** Id of the first run that names it. */
  run: string;
  name: string;
  digest: Digest;
}

export interface PlacedMedia {
  /** Where each blob lies, as the page names it; absent ones are not in it. */
  paths: ReadonlyMap<Digest, string>;
  files: number;
  bytes: number;
  absent: AbsentFile[];
}

const COPIED_AT_ONCE = 4;

/** Enough to tell all files of a store apart, and short enough for every filesystem. */
const NAME_DIGITS = 32;

/** The picture that stands for a video until it plays. One that has none shows its first frame. */
export function posterOf({thumbnails}: RunDocument, video: RunFile): Thumbnail | undefined {
  return thumbnails?.[video.digest]?.poster;
}

/** @param prefix how the page names `folder` */
export async function placeMedia(
  store: LocalStore,
  runs: readonly RunDocument[],
  {folder, prefix}: {folder: string; prefix: string},
): Promise<PlacedMedia> {
  const wanted = new Map<Digest, {run: string; file: Descriptor & {name: string}}>();
  for (const run of runs)
    for (const video of [...run.outputs, ...run.inputs].filter(isVideo)) {
      const poster = posterOf(run, video);
      for (const file of [video, ...(poster ? [{...poster, name: `poster of ${video.name}`}] : [])])
        if (!wanted.has(file.digest)) wanted.set(file.digest, {run: run.id, file});
    }
  const paths = new Map<Digest, string>();
  const absent: AbsentFile[] = [];
  let bytes = 0;
  await mapLimit(Array.from(wanted.values()), COPIED_AT_ONCE, async ({run, file}) => {
    // Never the ending that the file came with: what somebody called `.html` must not become a page.
    const name = `${hexOf(file.digest).slice(0, NAME_DIGITS)}.${endingOf(file.mediaType) ?? 'mp4'}`;
    if (await isPlaced(store, file, join(folder, name))) {
      paths.set(file.digest, `${prefix}/${name}`);
      bytes += file.size;
    } else absent.push({run, name: file.name, digest: file.digest});
  });
  return {paths, files: paths.size, bytes, absent};
}

async function isPlaced(store: LocalStore, file: Descriptor, path: string): Promise<boolean> {
  try {
    await materialize(store, file, path, 'clone');
    return true;
  } catch (error) {
    if (isLostBlob(error)) return false;
    throw error;
  }
}
