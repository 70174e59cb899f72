/**
 * Export: runs leave the workspace as plain files or as an OCI image layout, which others read without cosmos. The folder is
 * made aside and gets its name when it is whole; every file in it was read again and hashed by then.
 */
import {mkdir, readdir, rename, rm, rmdir} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {basename, dirname, join} from 'node:path';
import type {BlobFacts} from '../../cas/descriptor.ts';
import {digestOf} from '../../cas/digest.ts';
import {materialize, type MaterializeWay} from '../../cas/materialize.ts';
import {CosmosError, isErrno} from '../../errors.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';
import {HashPool} from '../../platform/hash-pool.ts';
import {explainWriteError} from '../../platform/publish.ts';
import {randomHex} from '../../platform/random.ts';
import type {Workspace} from '../workspace.ts';
import {contentsOf, type PlaceBlob} from './contents.ts';
import {writeFiles} from './file-format.ts';
import {OciLayout} from './oci-format.ts';

export const EXPORT_FORMATS = ['files', 'oci'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportOptions {
  /** Absolute; absent or empty. */
  folder: string;
  format: ExportFormat;
  hasInputs: boolean;
}

export interface ExportReport {
  folder: string;
  format: ExportFormat;
  runs: string[];
  /** By how they came there; the documents of the runs and what the format adds are not counted. */
  files: Record<MaterializeWay, number>;
  bytes: number;
}

/** @throws CosmosError usage.invalid, blob.missing, blob.damaged, store.full; nothing is left then */
export async function exportRuns(
  workspace: Workspace,
  runs: readonly RunDocument[],
  {folder, format, hasInputs}: ExportOptions,
): Promise<ExportReport> {
  await refuseFilled(folder);
  const draft = join(dirname(folder), `.${basename(folder)}-${randomHex(4)}.part`);
  const report: ExportReport = {
    ...{folder, format},
    runs: runs.map(({id}) => id),
    files: {clone: 0, link: 0, copy: 0},
    bytes: 0,
  };
  const pool = new HashPool(availableParallelism());
  const place: PlaceBlob = async (blob, path, mode) => {
    report.files[await materialize(workspace.store, blob, path, mode)] += 1;
    report.bytes += blob.size;
    await checkWritten(pool, blob, path);
  };
  try {
    await mkdir(draft, {recursive: true});
    const layout = format === 'oci' ? await OciLayout.create(draft) : undefined;
    for (const run of runs) {
      const contents = await contentsOf(workspace, run, {hasInputs});
      if (layout) await layout.add(contents, place);
      else await writeFiles(draft, contents, place);
    }
    await layout?.finish();
    await takeName(draft, folder);
    return report;
  } catch (error) {
    await rm(draft, {recursive: true, force: true});
    throw explainWriteError(error, folder);
  } finally {
    await pool.close();
  }
}

async function refuseFilled(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return [];
    throw isErrno(error, 'ENOTDIR') ? notFree(folder) : error;
  });
  if (names.length > 0) throw notFree(folder);
}

function notFree(folder: string): CosmosError {
  return new CosmosError('usage.invalid', `${folder} is there already, and is no empty folder.`, {
    hint: 'Nothing was written. Name a folder that is not there yet.',
    facts: {folder},
  });
}

/** Windows renames onto no folder, not even an empty one. */
async function takeName(draft: string, folder: string): Promise<void> {
  await rmdir(folder).catch((error: unknown) => {
    if (!isErrno(error, 'ENOENT')) throw isErrno(error, 'ENOTEMPTY', 'EEXIST') ? notFree(folder) : error;
  });
  await rename(draft, folder);
}

/** A clone or a link has the bytes of the blob, whatever they are. */
async function checkWritten(pool: HashPool, {digest}: BlobFacts, path: string): Promise<void> {
  const answer = await pool.hash(path);
  if ('hex' in answer && digestOf(answer.hex) === digest) return;
  throw new CosmosError('blob.damaged', `Blob ${digest} is damaged, or was damaged on its way to ${path}.`, {
    hint: `Nothing was exported. "cosmos repair ${digest}" brings the right bytes back where anybody has them.`,
    facts: {digest, path, found: 'hex' in answer ? digestOf(answer.hex) : answer.message},
  });
}
