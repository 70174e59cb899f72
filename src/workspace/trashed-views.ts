/**
 * Views of deleted runs: they go into the batch of the trash that holds the run's document, as people may have put files
 * of their own beside what cosmos made.
 */
import {readdir, rename} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {TrashBatch} from '../cas/trash/batches.ts';
import {isErrno} from '../errors.ts';
import {ensureFolder, exists} from '../platform/publish.ts';

/** @returns false when there is a view and it cannot be moved, because it is on another disk */
export async function trashView(view: string, batch: Pick<TrashBatch, 'folder'>): Promise<boolean> {
  const folder = join(batch.folder, 'views');
  while (await exists(view)) {
    await ensureFolder(folder);
    try {
      await rename(view, join(folder, basename(view)));
      return true;
    } catch (error) {
      if (isErrno(error, 'EXDEV', 'EBUSY', 'EPERM', 'EACCES')) return false;
      // Somebody has emptied the trash in between.
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }
  return true;
}

export interface RestoredViews {
  back: string[];
  inTheWay: string[];
}

/** Moves the views of a batch back to `outputs`; one that is there again wins. */
export async function restoreViews(batch: TrashBatch, outputs: string): Promise<RestoredViews> {
  const report: RestoredViews = {back: [], inTheWay: []};
  for (const name of await listViews(batch)) {
    const target = join(outputs, name);
    if (await exists(target)) {
      report.inTheWay.push(`outputs/${name}`);
      continue;
    }
    await ensureFolder(outputs);
    await rename(join(batch.folder, 'views', name), target);
    report.back.push(`outputs/${name}`);
  }
  return report;
}

async function listViews(batch: TrashBatch): Promise<string[]> {
  try {
    return await readdir(join(batch.folder, 'views'));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
