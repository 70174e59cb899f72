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
import type {RunnerContext} from './context.ts';
import {mediaTypeOf} from './media-types.ts';
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

/** Durable, and protected by the lease, when it resolves; in the order of the entries. */
export async function collectOutputs(
  context: RunnerContext,
  job: OutputsOf,
  entries: readonly SumsEntry[],
): Promise<RunFile[]> {
  const outputs = entries.map(({name, digest}) => ({name, digest: parseDigest(digest)}));
  await job.lease.announce(outputs.map(({digest}) => digest));
  await bringHome(context, job, await findMissing(context, job, outputs));
  return mapLimit(outputs, STREAMED_AT_ONCE, async ({name, digest}) => {
    const facts = await context.store.find(digest);
    if (!facts) throw new Error(`${digest} was stored and is not there`);
    return describeOutput(context, job.run, name, facts);
  });
}

interface MissingFile {
  path: string;
  digest: Digest;
  mediaType: string;
}

/** Each content once, however many names it has. */
async function findMissing(
  {store}: RunnerContext,
  {run, target, folder}: OutputsOf,
  outputs: readonly {name: string; digest: Digest}[],
): Promise<MissingFile[]> {
  const found = await mapLimit(outputs, 16, ({digest}) => store.find(digest));
  const missing = outputs.filter((_, index) => !found[index]);
  const unique = new Map(missing.map((output) => [output.digest, output]));
  return [...unique.values()].map(({name, digest}) => ({
    path: target.join(folder, name),
    digest,
    mediaType: mediaTypeFor(run, name),
  }));
}

async function bringHome(
  context: RunnerContext,
  {target, lease}: OutputsOf,
  missing: readonly MissingFile[],
): Promise<void> {
  const {transport} = target;
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
  const blob = {mediaType: mediaTypeFor(run, name), ...facts};
  return {...blob, name, role: planned?.role ?? 'extra', ...(await mediaFacts(context, blob))};
}

/** Facts about a video; none for what is no video, or none that can be read (checkOutputs says so where it matters). */
async function mediaFacts(context: RunnerContext, blob: Descriptor): Promise<Pick<RunFile, 'media'>> {
  if (!blob.mediaType.startsWith('video/')) return {};
  const {probeVideo} = await import('../media/probe.ts');
  try {
    return {media: await probeVideo(blobPath(context.store.context.paths, blob.digest))};
  } catch (error) {
    if (error instanceof CosmosError) return {};
    throw error;
  }
}
