/** What an export holds of a run: its document, its results, its log, the spec that the model saw, and its inputs when asked for. */
import {extname} from 'node:path';
import type {BlobFacts} from '../../cas/descriptor.ts';
import type {MaterializeMode} from '../../cas/materialize.ts';
import type {RunDocument, RunFile} from '../../manifest/types.gen.ts';
import {PARTIAL} from '../../runner/view.ts';
import type {Workspace} from '../workspace.ts';

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
export type PlaceBlob = (blob: BlobFacts, path: string, mode: MaterializeMode) => Promise<void>;

/** As many as Node works on at once. */
export const PLACED_AT_ONCE = 4;

export async function contentsOf(
  {documents}: Workspace,
  run: RunDocument,
  {hasInputs}: {hasInputs: boolean},
): Promise<ExportedRun> {
  const files: ExportedFile[] = [];
  const taken = new Set([MANIFEST, SUMS.toLowerCase()]);
  const add = (name: string, file: Omit<ExportedFile, 'name'>): void => {
    const {digest, size, mediaType, role} = file;
    files.push({name: freeName(name, taken), digest, size, mediaType, role});
  };
  for (const file of run.outputs) add(outputName(file), file);
  if (hasInputs) for (const file of run.inputs) add(`inputs/${file.name}`, file);
  if (run.log) add('run.log', {...run.log, role: 'log'});
  if (run.spec) add('spec.json', {...run.spec, role: 'spec'});
  const manifest = await documents.readBytes('runs', run.id);
  return {id: run.id, createdAt: run.createdAt, manifest, files};
}

export const MANIFEST = 'manifest.json';
export const SUMS = 'SHA256SUMS';

/** As in a view: nobody is to take half a video for a result. */
function outputName({name, isPartial}: RunFile): string {
  return isPartial === true ? `${PARTIAL}/${name}` : name;
}

/** Two files of one name, or of one that differs in case alone, get a number. */
function freeName(wanted: string, taken: Set<string>): string {
  const ending = extname(wanted);
  const stem = wanted.slice(0, wanted.length - ending.length);
  let name = wanted;
  for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${stem}-${count}${ending}`;
  taken.add(name.toLowerCase());
  return name;
}
