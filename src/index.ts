/** The library surface of cosmos: open a workspace, store and read, run and look, verify and clean. */
export {CosmosError, ERROR_CODES, EXIT, isErrno, type ErrorCode, type ErrorDetails} from './errors.ts';
export type {BlobFacts, Descriptor} from './cas/descriptor.ts';
export {isDigest, parseDigest, type Digest} from './cas/digest.ts';
export type {Fetcher, Lister, Prober, Pusher, PushOptions} from './cas/store.ts';
export {LocalStore, type LocalPushOptions} from './cas/local/local-store.ts';
export {MemoryStore} from './cas/memory.ts';
export {materialize, type MaterializeMode} from './cas/materialize.ts';
export type {PinDocument, PromptDocument, RefDocument, RunDocument, RunFile} from './manifest/types.gen.ts';
export type {RunSummary} from './manifest/index/derive.ts';
export {drive, type DriveOptions} from './runner/drive.ts';
export {requestCancel} from './runner/cancel.ts';
export type {RunnerContext} from './runner/context.ts';
export {findWorkspace, type DiscoverOptions} from './workspace/discover.ts';
export {initWorkspace} from './workspace/init.ts';
export {openWorkspace, type OpenOptions, type Workspace} from './workspace/workspace.ts';
export {findModel} from './workspace/models.ts';
export {makeRunner, type RunnerOptions} from './workspace/runner.ts';
export type {Prepared} from './workspace/prepared.ts';
export {prepareRuns, startRun, type StartRequest} from './workspace/start-run.ts';
export {startRuns, type Started} from './workspace/start-runs.ts';
export {createPrompt, editPrompt, listPrompts, resolvePrompt} from './workspace/prompts.ts';
export {addScene, findScene, listScenes} from './workspace/scenes.ts';
export {findRuns, type RunFilter} from './workspace/find-runs.ts';
export {
  carryOut,
  findDeletable,
  planDeletion,
  type Deletion,
  type DeletionPlan,
} from './workspace/deletion.ts';
export {collectGarbage, deleteDocument, explainBlob, purgeTrash, undoTrash} from './workspace/garbage.ts';
export type {CollectReport, Explanation, UndoReport} from './workspace/garbage.ts';
export {exportRuns, type ExportOptions, type ExportReport} from './workspace/export/export.ts';
export {putFiles, type PutReport} from './workspace/put-files.ts';
export {verify} from './workspace/verify/verify.ts';
export type {VerifyOptions} from './workspace/verify/verification.ts';
export type {Coverage, Finding, VerifyReport} from './workspace/verify/report.ts';
