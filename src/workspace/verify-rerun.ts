/** Whether two runs came out alike, such as one that was made again: the same bytes, the same pictures, or how alike they are. */
import {blobPath} from '../cas/local/paths.ts';
import {missingBlob} from '../cas/memory.ts';
import {CosmosError} from '../errors.ts';
import type {RunDocument, RunFile} from '../manifest/types.gen.ts';
import {loadCodecs} from '../media/codecs.ts';
import {compareVideos, type Likeness} from '../media/compare.ts';
import {diffRuns, type ValueDifference} from './diff-runs.ts';
import type {Workspace} from './workspace.ts';

export interface ComparedOutput {
  name: string;
  /** `same`: every byte. `same pictures`: of a video that is written differently. */
  state: 'same' | 'same pictures' | 'different' | 'missing' | 'new';
  /** What cannot be compared, such as the number of frames; null where it can. */
  reason: string | null;
  /** Of videos that differ and can be compared. */
  likeness: Likeness | null;
}

export interface RerunReport {
  run: string;
  /** The run that it was made again of. */
  of: string;
  /** Nothing that people look at differs. */
  isSame: boolean;
  outputs: ComparedOutput[];
  /** What else was not the same: revision of the code, image, GPU, target. */
  circumstances: ValueDifference[];
}

/** What a job writes down about itself differs each time; the result itself is compared whatever it is. */
const NOT_COMPARED = ['spec', 'extra', 'thumbnail'];

/**
 * Everything that the comparison will need is looked for here, before anything is paid for.
 * @throws CosmosError usage.invalid for a run whose result nothing can be compared with, blob.missing, media.unavailable
 */
export async function readComparable(
  workspace: Workspace,
  id: string,
  hint = 'Nothing was started. Leave --verify out to make it again all the same.',
): Promise<RunDocument> {
  const run = await workspace.documents.read('runs', workspace.index.resolve('runs', id));
  const files = Array.from(comparedOf(run).values());
  if (run.status !== 'completed' || files.length === 0) {
    const what = run.status === 'completed' ? 'made nothing that can be compared' : `is ${run.status}`;
    throw new CosmosError('usage.invalid', `The run ${run.id} ${what}: there is no result to compare with.`, {
      hint,
    });
  }
  for (const {digest} of files) if (!(await workspace.store.find(digest))) throw missingBlob(digest);
  if (files.some(({media}) => media)) await loadCodecs();
  return run;
}

/** Of two completed runs. @throws CosmosError media.unavailable, blob.missing */
export async function compareRuns(
  workspace: Workspace,
  before: RunDocument,
  after: RunDocument,
): Promise<RerunReport> {
  const outputs = await compareOutputs(workspace, before, after);
  const {facts} = await diffRuns(workspace, before.id, after.id);
  return {
    run: after.id,
    of: before.id,
    isSame: outputs.every(({state}) => state.startsWith('same')),
    outputs,
    circumstances: facts.filter(({path}) => /^(?:model|target|gpu)/.test(path)),
  };
}

/**
 * What came out of two runs, by name.
 * @throws CosmosError usage.invalid for a run without a result, media.unavailable, blob.missing
 */
export async function diffOutputs(
  workspace: Workspace,
  first: string,
  second: string,
): Promise<ComparedOutput[]> {
  const hint = 'Leave --pixels out to compare what the two runs were asked for.';
  const before = await readComparable(workspace, first, hint);
  return compareOutputs(workspace, before, await readComparable(workspace, second, hint));
}

async function compareOutputs(
  workspace: Workspace,
  before: RunDocument,
  after: RunDocument,
): Promise<ComparedOutput[]> {
  const [first, second] = [comparedOf(before), comparedOf(after)];
  const outputs: ComparedOutput[] = [];
  for (const name of new Set([...first.keys(), ...second.keys()])) {
    const which = isReleased(before, name) ? 'first' : isReleased(after, name) ? 'second' : undefined;
    outputs.push(
      which === undefined
        ? await compareOutput(workspace, name, [first.get(name), second.get(name)])
        : {name, state: 'different', reason: `the ${which} one was let go`, likeness: null},
    );
  }
  return outputs;
}

function isReleased({released}: RunDocument, name: string): boolean {
  return released.some(({descriptor}) => descriptor.name === name);
}

function comparedOf({outputs, primaryOutput}: RunDocument): Map<string, RunFile> {
  const compared = outputs.filter(({role, name}) => name === primaryOutput || !NOT_COMPARED.includes(role));
  return new Map(compared.map((file) => [file.name, file]));
}

async function compareOutput(
  workspace: Workspace,
  name: string,
  [before, after]: readonly [RunFile | undefined, RunFile | undefined],
): Promise<ComparedOutput> {
  const is = (state: ComparedOutput['state'], reason: string | null = null): ComparedOutput => ({
    ...{name, state, reason},
    likeness: null,
  });
  if (!after) return is('missing');
  if (!before) return is('new');
  if (before.digest === after.digest) return is('same');
  if (!before.media || !after.media) return is('different');
  const reason = findUnlike(before.media, after.media);
  if (reason !== undefined) return is('different', reason);
  const [a, b] = [before, after].map(({digest}) => blobPath(workspace.store.context.paths, digest));
  const likeness = await compareVideos(a ?? '', b ?? '');
  return likeness.isSame ? is('same pictures') : {...is('different'), likeness};
}

type Media = NonNullable<RunFile['media']>;

function findUnlike(before: Media, after: Media): string | undefined {
  if (before.width !== after.width || before.height !== after.height)
    return `is ${after.width}x${after.height}, not ${before.width}x${before.height}`;
  if (before.frames !== after.frames) return `has ${after.frames} frames, not ${before.frames}`;
  return undefined;
}
