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
 * "SOURCE:TARGET" or "SOURCE:TARGET:ro" with absolute paths, the target without a drive letter
 */
export type Mount = string;

/**
 * cosmos.toml of a workspace, or of a user. Every key may be left out.
 */
export interface SettingsFile {
  run?: RunTable;
  views?: ViewsTable;
  gc?: GcTable;
  verify?: VerifyTable;
  local?: LocalTable;
  /**
   * Models that are described entirely here, by name; and settings of the built-in model enhance.
   */
  models?: {
    enhance?: EnhanceTable;
    [k: string]: ModelTable | EnhanceTable | undefined;
  };
  /**
   * Machines that jobs are run on, by name.
   */
  targets?: {
    [k: string]: TargetTable;
  };
}
/**
 * How `cosmos run` behaves when its flags do not say.
 */
export interface RunTable {
  /**
   * The model that a run uses: "preview", "transfer1", "transfer2.5", "cosmos3", or the name of a [models.NAME] table.
   */
  model?: string;
  /**
   * Where a run of a model is executed: "local" is this machine, else the name of a [targets.NAME] table. A preview runs on this machine always.
   */
  target?: string;
  /**
   * How often a job is started again that failed by no fault of its own: the machine was restarted, its port was taken, its processes lost each other.
   */
  retries?: number;
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
 * What models find on this machine, when they are run on the target local.
 */
export interface LocalTable {
  /**
   * Where the model's code lies on this machine; an absolute path.
   */
  checkout?: string;
  /**
   * Where the model's weights lie on this machine; an absolute path.
   */
  checkpoints?: string;
  /**
   * The cache of Hugging Face on this machine; an absolute path.
   */
  hfCache?: string;
}
/**
 * Who enhances prompts, and what it is shown.
 */
export interface EnhanceTable {
  /**
   * The address of an OpenAI-compatible API, up to and with its /v1. Left out: NVIDIA's prompt upsampler of Transfer1, on the target.
   */
  endpoint?: string;
  /**
   * The model of the endpoint that is asked, by its name there; one that takes pictures.
   */
  model?: string;
  /**
   * The name of the environment variable that holds the key of the endpoint; the key itself is never written down. Left out: no key is sent.
   */
  keyEnv?: string;
  /**
   * How many frames of the scene the model of the endpoint is shown: the first, the last, and others evenly between. NVIDIA's upsampler takes the first and the last.
   */
  frames?: number;
  /**
   * The longer side of those frames in pixels; larger ones are made smaller. NVIDIA's upsampler refuses pairs of 640x480 and larger.
   */
  frameSize?: number;
  /**
   * How long the endpoint may take in all, with the second and third try after an error that may pass.
   */
  timeout?: string;
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
   * The command, one string for each argument; no shell reads it. {inputs.NAME}, {outputs}, {spec}, {parameters.NAME}, {workspace}, {checkout}, {checkpoints} and {hfCache} are filled in. It runs in the folder of its job, or in workdir.
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
  /**
   * Where the command starts: an absolute path, or a place such as {checkout}. Left out: the folder of its job.
   */
  workdir?: string;
  /**
   * Container image that the command runs in, on targets that run containers. Left out: the target's own.
   */
  image?: string;
  /**
   * Folders of the target that a container sees besides its job's, as "SOURCE:TARGET" or "SOURCE:TARGET:ro".
   */
  mounts?: Mount[];
  /**
   * How many GPUs the command needs.
   */
  gpus?: number;
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
/**
 * A machine that is reached over SSH.
 */
export interface TargetTable {
  /**
   * A name, an address, or an alias of your ssh configuration, without user and port.
   */
  host: string;
  /**
   * Left out: what your ssh configuration says, else 22.
   */
  port?: number;
  /**
   * Who logs in. Left out: what your ssh configuration says, else your own user name.
   */
  user?: string;
  /**
   * Path of a private key, or of the public half of one that your agent holds; ~ is your home. Left out: the agent, then the keys of your ssh configuration.
   */
  key?: string;
  /**
   * The folder there that cosmos works in: absolute, or below the home of the user.
   */
  root?: string;
  /**
   * "docker" runs jobs in containers, "process" as programs of the user.
   */
  launcher?: 'docker' | 'process';
  /**
   * The command of the container runtime, such as ["sudo", "-n", "docker"] or ["podman"].
   *
   * @minItems 1
   */
  runtime?: string[];
  /**
   * The image of models that do not name their own.
   */
  image?: string;
  /**
   * Where the model's code lies there; an absolute path.
   */
  checkout?: string;
  /**
   * Where the weights of the models lie there; an absolute path.
   */
  checkpoints?: string;
  /**
   * The Hugging Face cache there, for what models load by name; an absolute path.
   */
  hfCache?: string;
  /**
   * Further folders that containers see, as SOURCE:TARGET or SOURCE:TARGET:ro.
   *
   * Items: SOURCE:TARGET or SOURCE:TARGET:ro, two absolute paths without colons, commas or quotation marks
   */
  mounts?: string[];
  /**
   * The most memory that a container may take: a whole number with b, k, m or g. Left out: no limit.
   */
  memory?: string;
  /**
   * Shared memory of containers with a private IPC namespace: a whole number with b, k, m or g.
   */
  shm?: string;
  /**
   * The IPC namespace of containers; models on several GPUs need "host".
   */
  ipc?: 'host' | 'private';
  /**
   * Names of environment variables that are passed on from here; their values are never written down.
   */
  env?: VariableName[];
  /**
   * What an hour of this machine costs; runs then show their cost.
   */
  price?: number;
  /**
   * Of the price: three capital letters.
   */
  currency?: string;
  /**
   * A job is stopped after this time, unless its model says another. Left out or "0": no limit.
   */
  timeout?: string;
}
