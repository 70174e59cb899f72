/** One run as a sheet shows it: its videos in the order in which people compare them. */
import type {Digest} from '../../cas/digest.ts';
import type {LocalStore} from '../../cas/local/local-store.ts';
import {isLostBlob, readAll} from '../../cas/verified-read.ts';
import type {Media, RunDocument, RunFile} from '../../manifest/types.gen.ts';
import {isVideo} from '../../runner/media-types.ts';
import {posterOf} from './media.ts';

export interface SheetVideo {
  name: string;
  side: 'output' | 'input' | 'control';
  /** `color`, `edge`, …; of outputs their role. */
  role: string;
  /** The one that the run was for. */
  isPrimary: boolean;
  /** It may be cut off. */
  isPartial: boolean;
  /** Relative to the page; null when the store does not hold it. */
  path: string | null;
  poster: string | null;
  media: Media | null;
}

export interface SheetRun {
  run: RunDocument;
  /** The output first, then the inputs, then the controls that were made of them. */
  videos: SheetVideo[];
  /** What a run of text made. */
  text: string | null;
}

/** More than this is a file to open, and no text to show beside others. */
const MOST_TEXT_BYTES = 64 * 1024;

/** @param paths where each blob lies, as the page names it */
export async function layRun(
  store: LocalStore,
  run: RunDocument,
  paths: ReadonlyMap<Digest, string>,
): Promise<SheetRun> {
  const outputs = run.outputs.filter(isVideo).map((file) => layOutput(run, file, paths));
  const inputs = run.inputs
    .filter(isVideo)
    .map((file): SheetVideo => ({...layFile(run, file, paths), side: 'input', isPrimary: false}));
  return {
    run,
    videos: [
      ...outputs.filter(({isPrimary}) => isPrimary),
      ...outputs.filter(({isPrimary, side}) => !isPrimary && side === 'output'),
      ...inputs,
      ...outputs.filter(({side}) => side === 'control'),
    ],
    text: run.kind === 'enhance' ? await readText(store, run) : null,
  };
}

function layOutput(run: RunDocument, file: RunFile, paths: ReadonlyMap<Digest, string>): SheetVideo {
  return {
    ...layFile(run, file, paths),
    side: file.role === 'control' ? 'control' : 'output',
    isPrimary: file.name === run.primaryOutput,
  };
}

function layFile(
  run: RunDocument,
  file: RunFile,
  paths: ReadonlyMap<Digest, string>,
): Omit<SheetVideo, 'side' | 'isPrimary'> {
  const {name, role, isPartial = false, media = null} = file;
  const poster = posterOf(run, file);
  return {
    ...{name, role, isPartial, media},
    path: paths.get(file.digest) ?? null,
    poster: (poster && paths.get(poster.digest)) ?? null,
  };
}

async function readText(store: LocalStore, {outputs, primaryOutput}: RunDocument): Promise<string | null> {
  const file = outputs.find(
    ({name, mediaType, size}) =>
      name === primaryOutput && mediaType.startsWith('text/') && size <= MOST_TEXT_BYTES,
  );
  if (!file) return null;
  try {
    return (await readAll(store.fetch(file))).toString('utf8');
  } catch (error) {
    if (isLostBlob(error)) return null;
    throw error;
  }
}
