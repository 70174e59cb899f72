/**
 * Sheets: a folder with one page that shows runs beside each other, and the videos that it plays. From documents and blobs
 * alone. The folder can be moved, sent and opened without a server; deleting it loses nothing.
 */
import {readdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {CosmosError, isErrno} from '../errors.ts';
import {isoTime} from '../platform/clock.ts';
import {ensureFolder, explainWriteError, makeFolders} from '../platform/publish.ts';
import {randomHex} from '../platform/random.ts';
import {chooseRuns, type SheetChoice} from './sheet/choose.ts';
import {layRun, type SheetRun} from './sheet/lay-run.ts';
import {placeMedia, type AbsentFile} from './sheet/media.ts';
import type {Workspace} from './workspace.ts';

/** What the page shows. */
export interface Sheet {
  runs: SheetRun[];
  /** How many runs were chosen without the limit. */
  total: number;
  /** ISO time of the making. */
  at: string;
}

export interface SheetReport {
  folder: string;
  /** The file to open. */
  page: string;
  runs: string[];
  total: number;
  /** Different files in media/, and their bytes; clones take no space of their own. */
  files: number;
  bytes: number;
  /** Files that the store does not hold as they should be; the page says so at their places. */
  absent: AbsentFile[];
}

export interface SheetRequest extends SheetChoice {
  /** Absolute. A sheet that lies there is replaced; anything else is left alone. */
  folder: string;
  /** The text of the page. It must contain SHEET_MARK. */
  render: (sheet: Sheet) => string;
}

const PAGE = 'index.html';
const MEDIA = 'media';

/** By this a folder is known as a sheet, which may be replaced. */
export const SHEET_MARK = '<meta name="generator" content="cosmos sheet">';

/** The beginning of a page, in which the mark stands. */
const HEAD_CHARACTERS = 2000;

/** @throws CosmosError usage.invalid when nothing is chosen or something else lies in the folder, id.unknown, id.ambiguous */
export async function makeSheet(workspace: Workspace, request: SheetRequest): Promise<SheetReport> {
  const {folder, render} = request;
  const isThere = await checkFolder(folder);
  const {runs, total} = await chooseRuns(workspace, request);
  const draft = join(dirname(folder), `.${basename(folder)}-${randomHex(4)}.part`);
  try {
    await ensureFolder(dirname(folder));
    await makeFolders(join(draft, MEDIA));
    const placed = await placeMedia(workspace.store, runs, {folder: join(draft, MEDIA), prefix: MEDIA});
    const laid: SheetRun[] = [];
    for (const run of runs) laid.push(await layRun(workspace.store, run, placed.paths));
    await writeFile(join(draft, PAGE), render({runs: laid, total, at: isoTime(workspace.now())}));
    await putInPlace(draft, folder, isThere);
    const {files, bytes, absent} = placed;
    const ids = runs.map(({id}) => id);
    return {folder, page: join(folder, PAGE), runs: ids, total, files, bytes, absent};
  } catch (error) {
    throw explainWriteError(error, folder);
  } finally {
    await rm(draft, {recursive: true, force: true});
  }
}

/** @returns whether a sheet is there already */
async function checkFolder(folder: string): Promise<boolean> {
  if (/\.html?$/i.test(folder))
    throw new CosmosError('usage.invalid', `${folder} looks like a file; a sheet is a folder.`, {
      hint: 'Give a folder, such as --out review: the page is index.html in it, and its videos lie beside that.',
    });
  const names = await readdir(folder).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined;
    if (isErrno(error, 'ENOTDIR')) throw inTheWay(folder, 'is a file');
    throw error;
  });
  if (names === undefined) return false;
  if (names.length === 0) return true;
  const isOurs =
    names.every((name) => name === PAGE || name === MEDIA) &&
    (await readFile(join(folder, PAGE), 'utf8').catch(() => ''))
      .slice(0, HEAD_CHARACTERS)
      .includes(SHEET_MARK);
  if (!isOurs) throw inTheWay(folder, 'holds other files');
  return true;
}

async function putInPlace(draft: string, folder: string, isThere: boolean): Promise<void> {
  const old = `${draft}.old`;
  if (isThere) await rename(folder, old);
  try {
    await rename(draft, folder);
  } catch (error) {
    if (isThere) await rename(old, folder);
    throw error;
  }
  await rm(old, {recursive: true, force: true});
}

function inTheWay(folder: string, why: string): CosmosError {
  return new CosmosError('usage.invalid', `${folder} ${why}.`, {
    hint: 'Nothing was written. Give a folder that is empty, new, or an earlier sheet.',
    facts: {folder},
  });
}
