/* Generated from schemas/ by npm run generate; change the schema, not this file. */

/**
 * a name of letters, digits, "_" and "-" that starts with a letter
 */
export type InputName = string;
/**
 * the name of an environment variable, without a value
 */
export type VariableName = string;

/**
 * cosmos.toml of a workspace, or of a user. Every key may be left out.
 */
export interface SettingsFile {
  run?: RunTable;
  views?: ViewsTable;
  gc?: GcTable;
  verify?: VerifyTable;
  /**
   * Models that are described entirely here, by name.
   */
  models?: {
    [k: string]: ModelTable;
  };
}
/**
 * How `cosmos run` behaves when its flags do not say.
 */
export interface RunTable {
  /**
   * The model that a run uses: "preview", or the name of a [models.NAME] table.
   */
  model?: string;
  /**
   * Where a run is executed. This version knows this machine only.
   */
  target?: 'local';
}
/**
 * The working copies of ended runs below outputs/.
 */
export interface ViewsTable {
  /**
   * Make a view as soon as a run has ended.
   */
  auto?: boolean;
  /**
   * "clone" clones the files, else copies them. "link" makes hard links: no extra space, but editing a file of a view changes the store.
   */
  mode?: 'clone' | 'link';
}
/**
 * What garbage collection may remove, and when.
 */
export interface GcTable {
  /**
   * How long a blob that nothing names stays before it may be condemned.
   */
  grace?: string;
  /**
   * How many days the trash is kept, so that `cosmos gc undo` can bring it back.
   */
  trashDays?: number;
}
/**
 * How the store is re-read and re-hashed.
 */
export interface VerifyTable {
  /**
   * Worker threads that hash. Left out: one for each core.
   */
  workers?: number;
}
/**
 * A model that is run as one command.
 */
export interface ModelTable {
  /**
   * One line for lists of models.
   */
  description?: string;
  /**
   * The command, one string for each argument; no shell reads it. {inputs.NAME}, {outputs}, {spec}, {parameters.NAME} and {workspace} are filled in. It runs in the folder of its job.
   *
   * @minItems 1
   */
  argv: string[];
  /**
   * Names of the inputs that must be given.
   */
  inputs?: InputName[];
  /**
   * Every file that a successful run leaves in its outputs folder. The one marked primary, else the first, is the run's result.
   *
   * @minItems 1
   */
  outputs: ModelOutputTable[];
  /**
   * JSON Schema of the parameters: a path relative to the folder of the file that names it.
   */
  schema?: string;
  /**
   * Names of environment variables that are passed on; their values are never written down.
   */
  env?: VariableName[];
  /**
   * The job is stopped after this time. Left out or "0": no limit.
   */
  timeout?: string;
}
export interface ModelOutputTable {
  /**
   * File name, relative to the outputs folder.
   */
  name: string;
  /**
   * What the file is for.
   */
  role?: string;
  /**
   * Media type of the file.
   */
  mediaType: string;
  /**
   * True for the one file that is the run's result.
   */
  primary?: boolean;
}
