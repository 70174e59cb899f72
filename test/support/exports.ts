/** Two runs with files of all kinds of names, and where they are exported to. */
import {join} from 'node:path';
import type {RunDocument, RunFile} from '../../src/manifest/types.gen.ts';
import {exportRuns, type ExportOptions, type ExportReport} from '../../src/workspace/export/export.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {makeRun, runId} from './documents.ts';
import {temporaryFolder} from './temporary.ts';
import {newWorkspace, putText} from './workspace.ts';

/** Names that a result may have and that somebody trips over. */
export const OUTPUTS = [
  'output.txt',
  'OUTPUT.txt',
  'manifest.json',
  'sha256sums',
  'a folder/ünï "quoted".txt',
  "it's %s.txt",
];

/** A document of an ended run, with a file of text of each name; `partial/` before a name stands for what may be cut off. */
export async function makeEndedRun(
  workspace: Workspace,
  number: number,
  names: readonly string[],
  inputs: readonly string[] = ['color.txt'],
): Promise<RunDocument> {
  const file = async (name: string, role: string): Promise<RunFile> => ({
    ...(await putText(workspace, `${name} of ${number}`)),
    mediaType: 'text/plain; charset=utf-8',
    name,
    role,
  });
  const [outputs, given]: [RunFile[], RunFile[]] = [[], []];
  for (const name of names) outputs.push(await file(name, 'extra'));
  for (const name of inputs) given.push(await file(name, 'color'));
  const log = await putText(workspace, `log of ${number}`);
  const document = makeRun(runId(number), {
    status: 'completed',
    kind: 'custom',
    inputs: given,
    outputs,
    log,
  });
  await workspace.documents.create('runs', document);
  return document;
}

export interface ExportBench {
  workspace: Workspace;
  first: RunDocument;
  second: RunDocument;
  /** Where the export goes; its parent is empty. */
  folder: string;
  exportAll: (options?: Partial<ExportOptions>, runs?: readonly RunDocument[]) => Promise<ExportReport>;
}

export async function makeExportBench(): Promise<ExportBench> {
  const workspace = await newWorkspace();
  const folder = join(await temporaryFolder('export'), 'out');
  const first = await makeEndedRun(workspace, 1, OUTPUTS);
  const second = await makeEndedRun(workspace, 2, ['output.txt']);
  const exportAll: ExportBench['exportAll'] = (options = {}, runs = [first, second]) =>
    exportRuns(workspace, runs, {folder, format: 'files', hasInputs: false, ...options});
  return {workspace, first, second, folder, exportAll};
}
