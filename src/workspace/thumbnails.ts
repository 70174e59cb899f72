/**
 * Thumbnails: a poster and a strip of each video that a run or a scene names, as blobs that its document keeps. They follow from
 * the bytes of the video, so a video that another document has pictures of is not looked at again. Made after the end of a
 * run and beside everything else; whatever goes wrong is a note.
 */
import {availableParallelism} from 'node:os';
import {join, parse} from 'node:path';
import type {Lease} from '../cas/catalog/leases.ts';
import type {Digest} from '../cas/digest.ts';
import {blobPath} from '../cas/local/paths.ts';
import {materialize} from '../cas/materialize.ts';
import {CosmosError, type ErrorCode} from '../errors.ts';
import {shortId} from '../manifest/names.ts';
import type {Pictures, RefDocument, RunDocument} from '../manifest/types.gen.ts';
import {drawApart, type Problem} from '../media/thumbnails/draw-apart.ts';
import type {DrawnPictures} from '../media/thumbnails/draw.ts';
import {PICTURE_TYPE} from '../media/thumbnails/webp.ts';
import {mapLimit} from '../platform/concurrency.ts';
import {pausePoint} from '../platform/pause.ts';
import {ensureFolder} from '../platform/publish.ts';
import {isVideo} from '../runner/media-types.ts';
import type {Workspace} from './workspace.ts';

/** What can have pictures. */
export type Pictured = 'runs' | 'refs';

/**
 * Makes what is missing.
 * @returns notes for a person
 * @throws CosmosError document.missing, store.full
 */
export async function ensureThumbnails(workspace: Workspace, kind: Pictured, id: string): Promise<string[]> {
  const videos = videosWithout(await workspace.documents.read(kind, id));
  if (videos.size === 0) return [];
  return workspace.leases.hold(`making thumbnails of ${id}`, async (lease) => {
    const {made, notes} = await makeAll(workspace, videos, lease);
    pausePoint('thumbnails.stored');
    if (made.size > 0)
      await workspace.documents.replace(
        kind,
        id,
        (current) => ({...current, thumbnails: {...current.thumbnails, ...Object.fromEntries(made)}}),
        {lease},
      );
    return notes;
  });
}

/** Videos with the name that they have in the document. */
type Videos = ReadonlyMap<Digest, string>;

function videosWithout(document: RunDocument | RefDocument): Videos {
  const files = 'entries' in document ? document.entries : [...document.inputs, ...document.outputs];
  const wanted = files.filter((file) => isVideo(file) && !document.thumbnails?.[file.digest]);
  return new Map(wanted.map(({digest, name}) => [digest, name]));
}

/** Durable, and protected by the lease, when it resolves. */
async function makeAll(
  workspace: Workspace,
  videos: Videos,
  lease: Lease,
): Promise<{made: Map<Digest, Pictures>; notes: string[]}> {
  const made = new Map<Digest, Pictures>();
  for (const video of videos.keys()) {
    const known = await findKnown(workspace, video, lease);
    if (known) made.set(video, known);
  }
  const missing = Array.from(videos).filter(([video]) => !made.has(video));
  const lanes = spreadOver(Math.min(LANES, availableParallelism()), missing);
  const notes = await mapLimit(lanes, lanes.length, (lane) => drawAll(workspace, lane, {made, lease}));
  return {made, notes: Array.from(new Set(notes.flat()))};
}

/** Programs that draw at the same time: each keeps one processor busy. */
const LANES = 4;

/** Lists of about the same length, none of them empty. */
function spreadOver<T>(count: number, items: readonly T[]): T[][] {
  const lists = Array.from({length: count}, (_, list) => items.filter((_, index) => index % count === list));
  return lists.filter(({length}) => length > 0);
}

/** In one program, one after the other. @returns notes */
async function drawAll(
  workspace: Workspace,
  videos: readonly [Digest, string][],
  {made, lease}: {made: Map<Digest, Pictures>; lease: Lease},
): Promise<string[]> {
  const {paths} = workspace.store.context;
  const notes: string[] = [];
  let next = 0;
  for await (const drawn of drawApart(videos.map(([video]) => blobPath(paths, video)))) {
    const [video, name] = videos[next++] ?? [];
    if (video === undefined || name === undefined) throw new Error('more was drawn than was asked for');
    if (!('problem' in drawn)) made.set(video, await storePictures(workspace, drawn, lease));
    else if (!SAID_ELSEWHERE.includes(drawn.code)) notes.push(noteOf(drawn, name));
  }
  return notes;
}

/** Of those that another document has. */
async function findKnown(
  {index, documents, store}: Workspace,
  video: Digest,
  lease: Lease,
): Promise<Pictures | undefined> {
  for (const {kind, id} of index.listPictured(video)) {
    if (kind !== 'runs' && kind !== 'refs') continue;
    try {
      const known = (await documents.read(kind, id)).thumbnails?.[video];
      if (!known) continue;
      await store.keep([known.poster, known.strip], lease);
      return known;
    } catch (error) {
      // Lost there: made anew here.
      if (!(error instanceof CosmosError)) throw error;
    }
  }
  return undefined;
}

async function storePictures(
  {store}: Workspace,
  {poster, strip}: DrawnPictures,
  lease: Lease,
): Promise<Pictures> {
  const items = [poster, strip].map((bytes) => ({mediaType: PICTURE_TYPE, open: () => bytes}));
  const [first, second] = await store.pushAll(items, lease);
  if (!first || !second) throw new Error('a put of two items answered with fewer');
  const role = 'thumbnail' as const;
  return {poster: {...first, role}, strip: {...second, role}};
}

/** The check of the outputs, or verify, says what is wrong with the video itself. */
const SAID_ELSEWHERE: readonly (ErrorCode | undefined)[] = ['media.unreadable', 'file.unreadable'];

/** The same words for every video where it is no fault of the video. */
function noteOf({code, problem}: Problem, name: string): string {
  return code === 'media.unavailable' ? `no thumbnails: ${problem}` : `no thumbnails of ${name}: ${problem}`;
}

/** The same where nothing may depend on it: what goes wrong is among the notes. */
export async function tryThumbnails(workspace: Workspace, kind: Pictured, id: string): Promise<string[]> {
  try {
    return await ensureThumbnails(workspace, kind, id);
  } catch (error) {
    return [`no thumbnails of ${shortId(id)}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/**
 * For runs that end one after another; the workspace is closed when all have their pictures. Each note is said once, and so is
 * that they are waited for.
 */
export function queueThumbnails(
  workspace: Workspace,
  onNote: (note: string) => void,
  onWait?: (message: string) => void,
): (run: RunDocument) => void {
  const said = new Set<string>();
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  workspace.onClose(() => {
    if (waiting > 0) onWait?.('making thumbnails; everything else is done');
    return last;
  });
  return (run) => {
    // A document of 100,000 files is not read again for none.
    if (videosWithout(run).size === 0) return;
    const {id} = run;
    waiting += 1;
    last = last.then(async () => {
      for (const note of await tryThumbnails(workspace, 'runs', id)) {
        if (!said.has(note)) onNote(note);
        said.add(note);
      }
      waiting -= 1;
    });
  };
}

/** Writes `<file>.poster.webp` and `<file>.strip.webp` of each entry of a ref, making what is missing. @returns their paths */
export async function writeThumbnails(workspace: Workspace, name: string, folder: string): Promise<string[]> {
  const {documents, store} = workspace;
  await ensureThumbnails(workspace, 'refs', name);
  const {entries, thumbnails = {}} = await documents.read('refs', name);
  await ensureFolder(folder);
  const paths: string[] = [];
  for (const {name: file, digest} of entries)
    for (const [which, blob] of Object.entries(thumbnails[digest] ?? {})) {
      const path = join(folder, `${parse(file).name}.${which}.webp`);
      await materialize(store, blob, path, 'clone');
      paths.push(path);
    }
  return paths;
}
