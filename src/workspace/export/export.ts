/**
 * Export: runs leave the workspace as plain files or as an OCI image layout, which others read without cosmos. The folder is
 * made aside and gets its name when it is whole; every file in it was read again and hashed by then.
 */
import {rm} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import type {BlobFacts} from '../../cas/descriptor.ts';
import type {Digest} from '../../cas/digest.ts';
import {canShare, materialize, type MaterializeMode, type MaterializeWay} from '../../cas/materialize.ts';
import {CosmosError} from '../../errors.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';
import {HashPool} from '../../platform/hash-pool.ts';
import {pausePoint} from '../../platform/pause.ts';
import {explainWriteError} from '../../platform/publish.ts';
import {syncTree} from '../../platform/sync-tree.ts';
import type {Workspace} from '../workspace.ts';
import {contentsOf, type ExportedRun, type PlaceBlob} from './contents.ts';
import {checkSpace, findDestination, makeDraft, publishDraft, type Destination} from './destination.ts';
import {writeFiles} from './file-format.ts';
import {OciLayout} from './oci-format.ts';

export const EXPORT_FORMATS = ['files', 'oci'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportOptions {
  /** Absolute; absent or empty. */
  folder: string;
  format: ExportFormat;
  hasInputs: boolean;
  onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** Leaves nothing, and fails with its reason. */
  signal?: AbortSignal;
}

export interface ExportReport {
  folder: string;
  format: ExportFormat;
  runs: string[];
  /** By how they came there; the documents of the runs and what the format adds are not counted. */
  files: Record<MaterializeWay, number>;
  bytes: number;
}

/** Plain files may be edited, so they never are links to the store; the blobs of a layout are written once. */
const MODES: Record<ExportFormat, MaterializeMode> = {files: 'clone', oci: 'share'};

/** @throws CosmosError usage.invalid, document.invalid, blob.missing, blob.damaged, store.full, lease.held; nothing is left then */
export async function exportRuns(
  workspace: Workspace,
  runs: readonly RunDocument[],
  options: ExportOptions,
): Promise<ExportReport> {
  const contents: ExportedRun[] = [];
  for (const run of runs) contents.push(await contentsOf(workspace, run, options));
  const destination = await findDestination(workspace, options.folder);
  const {folder} = destination;
  const hold = workspace.leases.hold.bind(workspace.leases);
  const work = hold(
    `exporting ${runs.length} runs`,
    async (lease) => {
      // From here on gc leaves them alone, whoever deletes the runs meanwhile.
      await workspace.store.keep(blobsOf(contents, options.format), lease);
      pausePoint('export.kept');
      return fill(workspace, contents, {...options, destination});
    },
    `the export to ${folder}`,
  );
  return work.catch((error: unknown) => {
    throw explainLoss(explainWriteError(error, folder), contents);
  });
}

/** What is written: of a layout each blob once. */
function blobsOf(contents: readonly ExportedRun[], format: ExportFormat): BlobFacts[] {
  const files = contents.flatMap((run) => run.files);
  return format === 'oci' ? [...new Map(files.map((file) => [file.digest, file])).values()] : files;
}

async function fill(
  workspace: Workspace,
  contents: readonly ExportedRun[],
  options: ExportOptions & {destination: Destination},
): Promise<ExportReport> {
  const {destination, format, folder, signal} = options;
  const blobs = blobsOf(contents, format);
  const totalBytes = blobs.reduce((sum, {size}) => sum + size, 0);
  const manifestBytes = contents.reduce((sum, {manifest}) => sum + manifest.length, 0);
  const runs = contents.map(({id}) => id);
  const report: ExportReport = {folder, format, runs, files: {clone: 0, link: 0, copy: 0}, bytes: 0};
  const pool = new HashPool(availableParallelism());
  const place: PlaceBlob = async (blob, path) => {
    signal?.throwIfAborted();
    const way = await materialize(workspace.store, blob, path, MODES[format]);
    await checkWritten(pool, blob, path);
    report.files[way] += 1;
    report.bytes += blob.size;
    options.onProgress?.(report.bytes, totalBytes);
  };
  try {
    await makeDraft(destination);
    const [sample] = blobs;
    const probe = join(destination.draft, 'probe');
    if (sample && !(await canShare(workspace.store, sample, probe, MODES[format])))
      await checkSpace(destination, totalBytes + manifestBytes);
    await (format === 'oci' ? writeLayout : writeFolders)(destination.draft, contents, place);
    pausePoint('export.filled');
    await syncTree(destination.draft);
    signal?.throwIfAborted();
    await publishDraft(destination);
    return report;
  } catch (error) {
    await rm(destination.draft, {recursive: true, force: true});
    throw error;
  } finally {
    await pool.close();
  }
}

async function writeFolders(
  draft: string,
  contents: readonly ExportedRun[],
  place: PlaceBlob,
): Promise<void> {
  for (const run of contents) await writeFiles(draft, run, place);
}

async function writeLayout(draft: string, contents: readonly ExportedRun[], place: PlaceBlob): Promise<void> {
  const layout = await OciLayout.create(draft);
  for (const run of contents) await layout.add(run, place);
  await layout.finish();
}

/** A clone or a link has the bytes of the blob, whatever they are. */
async function checkWritten(pool: HashPool, {digest}: BlobFacts, path: string): Promise<void> {
  const answer = await pool.hash(path);
  const found = 'hex' in answer ? `sha256:${answer.hex}` : answer.message;
  if (found === digest) return;
  throw new CosmosError('blob.damaged', `Blob ${digest} is damaged, or was damaged on its way.`, {
    facts: {digest, found},
  });
}

/** Says which file of which run it is, and what brings it back. */
function explainLoss(error: unknown, contents: readonly ExportedRun[]): unknown {
  if (!(error instanceof CosmosError) || !['blob.missing', 'blob.damaged'].includes(error.code)) return error;
  const digest = error.facts['digest'] as Digest;
  const names = contents.flatMap(({id, files}) =>
    files.filter((file) => file.digest === digest).map(({name}) => `${name} of ${id}`),
  );
  return new CosmosError(error.code, `${error.message} It is ${names.join(', ')}.`, {
    hint: `Nothing was exported. "cosmos repair ${digest}" brings the right bytes back where anybody has them.`,
    cause: error,
    facts: {...error.facts, files: names},
  });
}
