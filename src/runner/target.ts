/**
 * A place to run: a transport (how its files are reached) and a launcher (how a job is started, observed and stopped).
 * Transports are summed from one-method interfaces; paths are the target's own, absolute.
 */
import type {BlobFacts} from '../cas/descriptor.ts';
import type {JobPaths} from './job.ts';

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

export interface Launcher {
  name: string;
  /** Starts a supervisor for an attempt that has none. Starting twice is harmless. */
  start(jobFolder: string, attempt: number): Promise<void>;
  /** Starts a supervisor that takes over from one that is proven dead. */
  adopt(jobFolder: string, attempt: number): Promise<void>;
  /** `dead` and `alive` with evidence only. */
  supervisorState(paths: JobPaths): Promise<'alive' | 'dead' | 'unknown'>;
}

export interface Target {
  name: string;
  /** Where jobs/ lies. */
  root: string;
  host: string;
  transport: Transport;
  launcher: Launcher;
}
