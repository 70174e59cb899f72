/**
 * Files of a job that are not what they were when it ended. Only a second look that reads every byte says so: an error on
 * the way, a disk that is not mounted or a file that cannot be read proves nothing, and leaves the run as it is.
 */
import {createHash} from 'node:crypto';
import {digestOf, type Digest} from '../cas/digest.ts';
import {CosmosError, isErrno, type ErrorCode} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {Failure} from './model.ts';
import type {FileProber, FileStreamer} from './target.ts';

export type AlteredFile = NonNullable<RunDocument['execution']['altered']>[number];

/** Names of records below the attempt's folder, beside `outputs/NAME`. */
export const SUMS = 'SHA256SUMS';
export const EXIT_RECORD = 'state/exit.json';
export const LOG = 'log';

export function outputPath(name: string): string {
  return `outputs/${name}`;
}

const ABOUT_CONTENT: readonly ErrorCode[] = [
  'blob.mismatch',
  'document.invalid',
  'document.missing',
  'target.failed',
];

/** Whether an error may be the file's own fault, so that a second look is worth it. */
export function isAboutContent(error: unknown): boolean {
  if (error instanceof CosmosError) return ABOUT_CONTENT.includes(error.code);
  return isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR');
}

/** The digest of what lies there now; null for nothing that could be it. @throws when that cannot be found out */
export async function lookAt(
  transport: FileProber & FileStreamer,
  path: string,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<Digest | null> {
  const size = await transport.sizeOf(path);
  if (size === undefined || size > mostBytes) return null;
  const hash = createHash('sha256');
  for await (const chunk of transport.stream(path)) hash.update(chunk);
  return digestOf(hash.digest('hex'));
}

/** The second try is the answer; undefined when both say that the file itself is wrong. */
export async function readTwice<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read().catch((error: unknown) => {
      if (!isAboutContent(error)) throw error;
      return read();
    });
  } catch (error) {
    if (!isAboutContent(error)) throw error;
    return undefined;
  }
}

/** `outputs/copy.txt: expected sha256:..., found nothing` */
export function describeAltered({path, expected, found}: AlteredFile): string {
  if (found === null) return `${path}: expected ${expected ?? 'a file'}, found nothing that could be it`;
  if (expected === null || expected === found) return `${path}: found ${found}, which cannot be read`;
  return `${path}: expected ${expected}, found ${found}`;
}

/** All of them are in the run's document. */
const EVIDENCE_FILES = 20;

export function alteredFailure(altered: readonly AlteredFile[]): Failure {
  const evidence = altered.slice(0, EVIDENCE_FILES).map(describeAltered);
  const more = altered.length - evidence.length;
  return {
    class: 'outputs.changed',
    message: `${altered.length === 1 ? 'A file' : `${altered.length} files`} of the job had been changed or removed on the target when the outputs were brought home.`,
    evidence: more > 0 ? [...evidence, `and ${more} more`] : evidence,
    isRetryable: true,
    advice:
      'What could be verified is at home; the rest lies as it was found in the folder of the job on the target. Run it again, and let nothing else write below "jobs" there.',
  };
}
