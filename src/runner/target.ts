/**
 * A place to run: a transport (how its files are reached) and a launcher (how a job is started, observed and stopped).
 * Transports are summed from one-method interfaces; paths are the target's own, absolute.
 */
import type {BlobFacts} from '../cas/descriptor.ts';
import type {TargetReport} from './target-report.ts';
import type {Job, JobContainer} from './job.ts';
import type {JobPaths, Join} from './job-paths.ts';

export interface FileReader {
  /** A small file whole; undefined when it is not there. */
  readFile(path: string): Promise<Uint8Array | undefined>;
}

export interface FileWriter {
  /** Durable and atomic; replaces. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
}

export interface FileStreamer {
  /** The bytes from `offset` on. Ends at the end of the file. */
  stream(path: string, offset?: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface FileProber {
  /** Size in bytes; undefined when there is no regular file. */
  sizeOf(path: string): Promise<number | undefined>;
  isFolder(path: string): Promise<boolean>;
}

export interface FolderMaker {
  /** Makes one folder; false when the name was taken. This is a lock. */
  claimFolder(path: string): Promise<boolean>;
  ensureFolder(path: string): Promise<void>;
}

export interface BlobPlacer {
  /** Puts a blob of the home store at `path`, whole or not at all; bytes that are there already are kept. */
  placeBlob(blob: BlobFacts, path: string): Promise<void>;
}

export interface FolderRemover {
  removeFolder(path: string): Promise<void>;
}

export type Transport = FileReader &
  FileWriter &
  FileStreamer &
  FileProber &
  FolderMaker &
  BlobPlacer &
  FolderRemover;

/** What is known of a file before its bytes are asked for. */
export interface SizedFile {
  path: string;
  /** Bytes. */
  size: number;
}

export interface ManyFile extends SizedFile {
  /** Null for a file that is too large to be read with many others: stream it. */
  bytes: Uint8Array | null;
}

/** Optional for a transport: reading much at once, where each question costs a round trip. */
export interface BulkReader {
  /**
   * Small files without a round trip each, in the order of the list. A file that is missing or no regular file is an
   * error.
   */
  readMany(paths: readonly string[], signal?: AbortSignal): AsyncIterable<ManyFile>;
  /**
   * From an offset to the end of a file that must be exactly so long, before and after. Chunks are lent: each is valid
   * only until the next is asked for.
   */
  streamExactly(file: SizedFile, offset?: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface ExecOptions {
  stdin?: Uint8Array;
  /** The program is given up after this time; default one minute. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface ExecResult {
  /** Null when a signal ended it. */
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

export interface CommandRunner {
  /** Runs a program on the target to its end; no shell of the caller's reads the words. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

/** A small file that a launcher wants to find in the job's folder, beside job.json. */
export interface JobFile {
  name: string;
  bytes: Uint8Array;
}

export interface Launcher {
  name: string;
  /** What else this launcher reads from the job's folder; written before job.json. */
  filesOf?(job: Job): JobFile[];
  /** Starts a supervisor for an attempt that has none. Starting twice is harmless. */
  start(jobFolder: string, attempt: number): Promise<void>;
  /** Starts a supervisor that takes over from one that is proven dead. */
  adopt(jobFolder: string, attempt: number): Promise<void>;
  look(paths: JobPaths): Promise<SupervisorLook>;
}

/** What the supervisor of an attempt shows of itself and of its job. */
export interface SupervisorLook {
  /** `dead` and `alive` with evidence only. */
  state: 'alive' | 'dead' | 'unknown';
  /** For how long, in milliseconds, neither the job's log grew nor its GPUs were at work; absent while nobody listens. */
  silentMs?: number;
}

/** What a target knows about itself once it was reached. */
export interface Contact {
  /** Absolute path of the folder that jobs/ and blobs/ lie in. */
  root: string;
  /** Random id that the machine keeps in its root; null for this machine, which cannot be taken for another. */
  box: string | null;
}

/** What a target adds to every job. */
export interface JobSettings {
  /** Paths there by the name of their place: checkout, checkpoints, hfCache. */
  places: Readonly<Record<string, string>>;
  /** Names of environment variables that are passed on. */
  environment: readonly string[];
  /** For models that name no limit of their own. */
  timeoutMs: number | null;
  /** Null where jobs are plain processes; `image` null when only models name one. */
  container: (Omit<JobContainer, 'image'> & {image: string | null}) | null;
}

export interface ReportOf {
  image: string | null;
  /** Start one throwaway container of the image. */
  isTrying: boolean;
  /** Files of the target that must be there and hold something. */
  files?: readonly string[];
}

export interface Target {
  name: string;
  host: string;
  /** Where jobs/ lies, for the target whose place is fixed; elsewhere each run remembers its own. */
  root: string | null;
  /** Joins paths there. */
  join: Join;
  /** Between two looks at a job, milliseconds. */
  pollMs: number;
  jobs: JobSettings;
  /** Null when nobody said what the machine costs. */
  price: {perHour: number; currency: string} | null;
  /** Reaches the target, makes its root if need be and learns who it is. Repeating it costs nothing. */
  contact(): Promise<Contact>;
  /** Of the connection, milliseconds; 0 for this machine. */
  roundTripMs(): Promise<number>;
  /** What the target says about itself; null for this machine. */
  report(request: ReportOf): Promise<TargetReport | null>;
  transport: Transport;
  launcher: Launcher;
  /** Runs programs there; null for this machine, where nobody needs it. */
  runner: CommandRunner | null;
  /** Ends connections. */
  close(): Promise<void>;
}
