/**
 * Views: an ended run's files under their own names in `run_<id>/`, with run.log and manifest.json; what may be cut off in
 * `partial/` there. Working copies, made from the store and deletable at any time. Built aside and renamed, so that a half-made view is never seen.
 */
import {mkdir, rename, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {LocalStore} from '../cas/local/local-store.ts';
import {materialize, type MaterializeMode} from '../cas/materialize.ts';
import {isErrno} from '../errors.ts';
import {indentedPieces} from '../manifest/canonical.ts';
import type {RunDocument, RunFile} from '../manifest/types.gen.ts';
import {mapLimit} from '../platform/concurrency.ts';
import {ensureFolder, exists, makeFolders} from '../platform/publish.ts';
import {randomHex} from '../platform/random.ts';
import {requireBelow} from './file-names.ts';

export function viewFolder(outputs: string, id: string): string {
  return join(outputs, `run_${id}`);
}

/** The view's folder where there is one. */
export async function findView(outputs: string, id: string): Promise<string | undefined> {
  const folder = viewFolder(outputs, id);
  return (await exists(folder)) ? folder : undefined;
}

/** Makes the view unless it is there. @returns its folder */
export async function ensureView(
  store: LocalStore,
  run: RunDocument,
  outputs: string,
  mode: MaterializeMode,
): Promise<string> {
  const folder = viewFolder(outputs, run.id);
  if (await exists(folder)) return folder;
  await ensureFolder(outputs);
  const draft = join(outputs, `.${run.id}-${randomHex(4)}.part`);
  try {
    await mkdir(draft);
    await fillView(store, run, draft, mode);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, {recursive: true, force: true});
    if (!isErrno(error, 'EEXIST', 'ENOTEMPTY')) throw error;
  }
  return folder;
}

/** As many as Node works on at once; a single one leaves most of that idle. */
const COPIED_AT_ONCE = 4;

/** So that nobody takes half a video for a result. */
export const PARTIAL = 'partial';

async function fillView(
  store: LocalStore,
  run: RunDocument,
  folder: string,
  mode: MaterializeMode,
): Promise<void> {
  const pathOf = ({name, isPartial}: RunFile): string =>
    join(folder, isPartial === true ? PARTIAL : '', name);
  for (const {name} of run.outputs) requireBelow(run, name);
  const folders = new Set(run.outputs.map((output) => dirname(pathOf(output))));
  for (const each of folders) await makeFolders(each);
  await mapLimit(run.outputs, COPIED_AT_ONCE, (output) => materialize(store, output, pathOf(output), mode));
  if (run.log) await materialize(store, run.log, join(folder, freeName('run.log', run)), mode);
  await writeFile(join(folder, freeName('manifest.json', run)), indentedPieces(run));
}

/** An output may have one of our own names; it keeps it. */
function freeName(name: string, run: RunDocument): string {
  const isTaken = run.outputs.some((output) => output.name.toLowerCase() === name);
  return isTaken ? `cosmos-${name}` : name;
}
