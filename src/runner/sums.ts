/**
 * SHA256SUMS: the list of outputs, exactly as `sha256sum -c` reads it, and the rule for names that may come home.
 * Parsing trusts nobody: a list that is torn or says one thing twice is an error, a name that could lead elsewhere is
 * set apart and never touched.
 */
import {CosmosError} from '../errors.ts';
import type {ExitRecord} from './job.ts';
import type {JobPaths} from './job-paths.ts';

export interface SumsEntry {
  /** `sha256:<64 lower-case hex>`. */
  digest: string;
  /** Path below outputs/, with `/`. */
  name: string;
}

export interface ParsedSums {
  entries: SumsEntry[];
  /** Names that are not safe to use; see isSafeOutputName. */
  refused: string[];
}

const HEAD = /^[0-9a-f]{64} {2}$/;
const HEAD_BYTES = 66;
/** NAME_MAX of the usual filesystems. */
const MAX_SEGMENT_BYTES = 255;
const CONTROL_OR_BACKSLASH = /[\u0000-\u001f\u007f-\u009f\\]/u;
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)$/i;

/** The list is read into memory, and each output becomes an entry of the manifest: what a client of 250 MB can hold. */
export const MOST_BYTES = 12 << 20;
const MOST_LINES = 100_000;
/** A line is a digest, two spaces, a name and its end; PATH_MAX of Linux bounds the name. */
const LINE_BYTES = {least: 68, most: 67 + 4096};

/** Before the list is read. @throws CosmosError target.failed when it is too long */
export function refuseTooMany({size, lines}: NonNullable<ExitRecord['sums']>, paths: JobPaths): void {
  if (size <= MOST_BYTES && lines <= MOST_LINES) return;
  throw new CosmosError(
    'target.failed',
    `The job made more outputs than one run may have: ${lines} names in a list of ${size} bytes; at most ${MOST_LINES} names and ${MOST_BYTES} bytes come home. They lie in ${paths.outputs} on the target.`,
    {
      hint: 'Nothing was brought home. Let the job pack them into fewer files and run it again; to let this run go, copy them yourself, then "cosmos abandon".',
      facts: {path: paths.sums, size, lines},
    },
  );
}

/** Before the list is read. @throws CosmosError blob.mismatch when it cannot be so long */
export function checkAnnounced({size, lines}: NonNullable<ExitRecord['sums']>): void {
  if (size < lines * LINE_BYTES.least || size > lines * LINE_BYTES.most)
    throw invalid(`${lines} lines cannot have ${size} bytes`);
}

/** Sorted by the bytes of the name, one line each; the empty string for no entries. */
export function formatSums(entries: Iterable<SumsEntry>): string {
  const sorted = [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  return sorted.map(({digest, name}) => `${digest.replace(/^sha256:/, '')}  ${name}\n`).join('');
}

/** @throws CosmosError blob.mismatch for a malformed or torn line, or for a name that is listed twice. */
export function parseSums(bytes: Buffer): ParsedSums {
  const parsed: ParsedSums = {entries: [], refused: []};
  const seen = new Set<string>();
  let number = 0;
  for (const {head, name} of linesOf(bytes)) {
    number += 1;
    if (!HEAD.test(head) || name === '') throw invalid(`line ${number} is malformed`);
    if (seen.has(name)) throw invalid(`line ${number} names ${JSON.stringify(name)} a second time`);
    seen.add(name);
    if (isSafeOutputName(name)) parsed.entries.push({digest: `sha256:${head.trimEnd()}`, name});
    else parsed.refused.push(name);
  }
  return parsed;
}

/** One after the other, each with strings of its own: parts of the whole text would keep that in memory. */
function* linesOf(bytes: Buffer): Generator<{head: string; name: string}, void, void> {
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf('\n', start);
    if (end === -1) throw invalid('the last line is torn');
    const nameAt = Math.min(start + HEAD_BYTES, end);
    yield {head: bytes.toString('latin1', start, nameAt), name: bytes.toString('utf8', nameAt, end)};
    start = end + 1;
  }
}

/**
 * True for a relative path with `/` that stays below its folder on every system: no absolute path, drive letter, `.`,
 * `..`, empty segment, control character, backslash, segment over 255 bytes, or Windows device name (with or without extension).
 */
export function isSafeOutputName(name: string): boolean {
  if (!isListableName(name) || /^[a-z]:/i.test(name)) return false;
  return name.split('/').every(isSafeSegment);
}

/** True for a name that one line of SHA256SUMS can hold unescaped. */
export function isListableName(name: string): boolean {
  return name !== '' && !CONTROL_OR_BACKSLASH.test(name);
}

function isSafeSegment(segment: string): boolean {
  if (segment === '' || segment === '.' || segment === '..') return false;
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return false;
  const stem = segment.split('.', 1)[0] ?? '';
  return !WINDOWS_DEVICE.test(stem.trimEnd());
}

function invalid(complaint: string): CosmosError {
  return new CosmosError('blob.mismatch', `SHA256SUMS is damaged: ${complaint}.`, {
    hint: 'The list was changed after the job ended. Look at the job folder on the target before collecting again.',
  });
}
