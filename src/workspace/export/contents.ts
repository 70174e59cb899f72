/** What an export holds of a run: its document, its results, its log, the spec that the model saw, and its inputs when asked for. */
import type {BlobFacts} from '../../cas/descriptor.ts';
import {CosmosError} from '../../errors.ts';
import type {RunDocument, RunFile} from '../../manifest/types.gen.ts';
import {requireBelow} from '../../runner/file-names.ts';
import {isTerminal} from '../../runner/transitions.ts';
import {PARTIAL} from '../../runner/view.ts';
import type {Workspace} from '../workspace.ts';
import {FreeNames} from './free-names.ts';

export interface ExportedFile extends BlobFacts {
  /** Below the run's folder, with slashes. */
  name: string;
  mediaType: string;
  role: string;
}

export interface ExportedRun {
  id: string;
  createdAt: string;
  /** The document as it lies in manifests/. */
  manifest: Uint8Array;
  files: ExportedFile[];
}

/** Puts a blob at a path that is free, and reads it there. @throws CosmosError blob.missing, blob.damaged */
export type PlaceBlob = (blob: BlobFacts, path: string) => Promise<void>;

/** As many as Node works on at once. */
export const PLACED_AT_ONCE = 4;

export const MANIFEST = 'manifest.json';
export const SUMS = 'SHA256SUMS';

/** @throws CosmosError usage.invalid for a run that has not ended; document.invalid for a name that leads elsewhere */
export async function contentsOf(
  {documents}: Workspace,
  run: RunDocument,
  {hasInputs}: {hasInputs: boolean},
): Promise<ExportedRun> {
  if (!isTerminal(run.status)) throw notEnded(run);
  const files: ExportedFile[] = [];
  const names = new FreeNames([MANIFEST, SUMS]);
  const add = (name: string, {digest, size, mediaType, role}: Omit<ExportedFile, 'name'>): void => {
    requireBelow(run, name);
    files.push({name: names.take(name), digest, size, mediaType, role});
  };
  for (const file of run.outputs) add(outputName(file), file);
  if (hasInputs) for (const file of run.inputs) add(`inputs/${file.name}`, file);
  if (run.log) add('run.log', {...run.log, role: 'log'});
  if (run.spec) add('spec.json', {...run.spec, role: 'spec'});
  const manifest = await documents.readBytes('runs', run.id);
  return {id: run.id, createdAt: run.createdAt, manifest, files};
}

/** As in a view: nobody is to take half a video for a result. */
function outputName({name, isPartial}: RunFile): string {
  return isPartial === true ? `${PARTIAL}/${name}` : name;
}

function notEnded({id, status}: RunDocument): CosmosError {
  return new CosmosError('usage.invalid', `Run ${id} has not ended: it is ${status}.`, {
    hint: 'Nothing was written. Look at it with "cosmos status"; its files come home when it ends.',
    facts: {run: id, status},
  });
}
