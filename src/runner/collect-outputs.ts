/**
 * Bringing outputs home: what the store has is not sent again, small files come many at a time, large ones in streams.
 * Every byte is checked against the digest that was made where it was produced.
 */
import type {Lease} from '../cas/catalog/leases.ts';
import type {BlobFacts, Descriptor} from '../cas/descriptor.ts';
import {parseDigest, type Digest} from '../cas/digest.ts';
import {RESUMABLE_BYTES} from '../cas/local/partial.ts';
import {blobPath} from '../cas/local/paths.ts';
import type {PutItem} from '../cas/local/put.ts';
import {CosmosError} from '../errors.ts';
import type {RunDocument, RunFile} from '../manifest/types.gen.ts';
import {mapLimit} from '../platform/concurrency.ts';
import {isAboutContent, lookAt, outputPath, type AlteredFile} from './altered.ts';
import type {RunnerContext} from './context.ts';
import {isVideo, mediaTypeOf} from './media-types.ts';
import type {SumsEntry} from './sums.ts';
import type {BulkReader, SizedFile, Target, Transport} from './target.ts';

export interface OutputsOf {
  run: RunDocument;
  target: Target;
  lease: Lease;
  /** The outputs folder of the attempt, on the target. */
  folder: string;
}

/** Files streamed at once; each has several reads in flight already. */
const STREAMED_AT_ONCE = 4;
/** Small files that are stored together; of at most 64 KiB each, so this bounds the memory. */
const STORED_AT_ONCE = 256;
/** Contents that are asked for together: paths take much memory, so that those of 100,000 files are never held at once. */
const ASKED_AT_ONCE = 4096;

export interface CollectedOutputs {
  /** In the order of the entries. */
  outputs: RunFile[];
  /** What is not as announced, on a second look too; nothing of it is kept. */
  altered: AlteredFile[];
}

/** Durable, and protected by the lease, when it resolves. */
export async function collectOutputs(
  context: RunnerContext,
  job: OutputsOf,
  entries: readonly SumsEntry[],
): Promise<CollectedOutputs> {
  const altered = await bringHomeInTurn(context, job, entries);
  const lost = new Set(altered.map(({path}) => path));
  const kept = entries.filter(({name}) => !lost.has(outputPath(name)));
  const outputs = await mapLimit(kept, STREAMED_AT_ONCE, async ({name, digest}) => {
    const facts = await context.store.find(parseDigest(digest));
    if (!facts) throw new Error(`${digest} was stored and is not there`);
    return describeOutput(context, job.run, name, facts);
  });
  return {outputs, altered};
}

async function bringHomeInTurn(
  context: RunnerContext,
  job: OutputsOf,
  entries: readonly SumsEntry[],
): Promise<AlteredFile[]> {
  const altered: AlteredFile[] = [];
  for (let start = 0; start < entries.length; start += ASKED_AT_ONCE) {
    const wanted = wantedFiles(job, entries.slice(start, start + ASKED_AT_ONCE));
    altered.push(...(await bringHome(context, job, wanted)));
  }
  // What came home under another name is not lost.
  const home = await context.store.listRight(
    altered.flatMap(({expected}) => (expected === null ? [] : [parseDigest(expected)])),
  );
  return altered.filter(({expected}) => expected === null || !home.has(parseDigest(expected)));
}

interface WantedFile {
  digest: Digest;
  /** All that have these bytes; the first one is read. */
  names: [string, ...string[]];
  mediaType: string;
}

/** Each content once, however many names it has. */
function wantedFiles({run}: OutputsOf, entries: readonly SumsEntry[]): WantedFile[] {
  const wanted = new Map<Digest, WantedFile>();
  for (const {name, digest: text} of entries) {
    const digest = parseDigest(text);
    const known = wanted.get(digest);
    if (known) known.names.push(name);
    else wanted.set(digest, {digest, names: [name], mediaType: mediaTypeFor(run, name)});
  }
  return [...wanted.values()];
}

/** Halves the list around a file that is wrong: the others come home, and one among many costs little. */
async function bringHome(
  context: RunnerContext,
  job: OutputsOf,
  wanted: readonly WantedFile[],
): Promise<AlteredFile[]> {
  const missing = await findMissing(context, job.lease, wanted);
  const [first] = missing;
  try {
    await bringAll(context, job, missing);
    return [];
  } catch (error) {
    if (!first || !isAboutContent(error)) throw error;
    if (missing.length === 1) return lookAgain(context, job, first);
    const middle = Math.ceil(missing.length / 2);
    const before = await bringHome(context, job, missing.slice(0, middle));
    return [...before, ...(await bringHome(context, job, missing.slice(middle)))];
  }
}

/**
 * What the store has, and is right, is announced, and looked for again: from then on it stays. The target's copy goes once the
 * run is at home, so a name alone is not enough. What is stored is announced then.
 */
async function findMissing(
  {store}: RunnerContext,
  lease: Lease,
  wanted: readonly WantedFile[],
): Promise<WantedFile[]> {
  const right = await store.listRight(wanted.map(({digest}) => digest));
  if (right.size === 0) return [...wanted];
  await lease.announce([...right]);
  const isStill = await mapLimit(
    wanted,
    16,
    async ({digest}) => right.has(digest) && (await store.find(digest)) !== undefined,
  );
  return wanted.filter((_, index) => !isStill[index]);
}

/** A transfer may have failed, and another file may have the same bytes still. */
async function lookAgain(
  {store}: RunnerContext,
  {target, lease, folder}: OutputsOf,
  {digest, names, mediaType}: WantedFile,
): Promise<AlteredFile[]> {
  const altered: AlteredFile[] = [];
  for (const name of names) {
    const path = target.join(folder, name);
    const found = await lookAt(target.transport, path);
    if (found === digest) {
      await store.push(target.transport.stream(path), {mediaType, lease, expected: {digest}});
      return [];
    }
    altered.push({path: outputPath(name), expected: digest, found});
  }
  return altered;
}

interface MissingFile extends Pick<WantedFile, 'digest' | 'mediaType'> {
  path: string;
}

async function bringAll(
  context: RunnerContext,
  {target, lease, folder}: OutputsOf,
  wanted: readonly WantedFile[],
): Promise<void> {
  const {transport} = target;
  const missing = wanted.map(({names: [name], digest, mediaType}): MissingFile => ({
    path: target.join(folder, name),
    digest,
    mediaType,
  }));
  if (!isBulkReader(transport)) {
    await mapLimit(missing, STREAMED_AT_ONCE, ({path, digest, mediaType}) =>
      context.store.push(transport.stream(path), {mediaType, lease, expected: {digest}}),
    );
    return;
  }
  const large: (MissingFile & SizedFile)[] = [];
  let small: PutItem[] = [];
  const storeSmall = async (): Promise<void> => {
    await context.store.pushAll(small, lease);
    small = [];
  };
  let index = 0;
  for await (const {size, bytes} of transport.readMany(missing.map(({path}) => path))) {
    const file = missing[index++];
    if (!file) throw new Error('more files came than were asked for');
    const {digest, mediaType} = file;
    if (bytes === null) large.push({...file, size});
    else small.push({open: () => bytes, mediaType, expected: {digest}});
    if (small.length === STORED_AT_ONCE) await storeSmall();
  }
  if (small.length > 0) await storeSmall();
  await mapLimit(large, STREAMED_AT_ONCE, ({path, size, digest, mediaType}) => {
    const openAt = (start: number): AsyncIterable<Uint8Array> => transport.streamExactly({path, size}, start);
    const expected = {digest, size};
    return size < RESUMABLE_BYTES
      ? context.store.push(openAt(0), {mediaType, lease, expected})
      : context.store.pushResumable({openAt, mediaType, expected}, lease);
  });
}

function isBulkReader(transport: Transport & Partial<BulkReader>): transport is Transport & BulkReader {
  return transport.readMany !== undefined && transport.streamExactly !== undefined;
}

function mediaTypeFor(run: RunDocument, name: string): string {
  return run.plan?.outputs.find((output) => output.name === name)?.mediaType ?? mediaTypeOf(name);
}

async function describeOutput(
  context: RunnerContext,
  run: RunDocument,
  name: string,
  facts: BlobFacts,
): Promise<RunFile> {
  const planned = run.plan?.outputs.find((output) => output.name === name);
  const {digest, size} = facts;
  const file = {mediaType: mediaTypeFor(run, name), digest, size, name, role: planned?.role ?? 'extra'};
  return isVideo(file) ? {...file, ...(await mediaFacts(context, file))} : file;
}

/** Facts about a video; none that can be read is no fault here (checkOutputs says so where it matters). */
async function mediaFacts(context: RunnerContext, blob: Descriptor): Promise<Pick<RunFile, 'media'>> {
  const {probeVideo} = await import('../media/probe.ts');
  try {
    return {media: await probeVideo(blobPath(context.store.context.paths, blob.digest))};
  } catch (error) {
    if (error instanceof CosmosError) return {};
    throw error;
  }
}
