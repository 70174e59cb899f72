/** Whether a run that was made again came out as it did before: the same bytes, the same pictures, or how alike they are. */
import {blobPath} from '../cas/local/paths.ts';
import {CosmosError} from '../errors.ts';
import type {RunDocument, RunFile} from '../manifest/types.gen.ts';
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

/** What a job writes down about itself differs each time. */
const NOT_COMPARED = ['spec', 'extra', 'thumbnail'];

/** @throws CosmosError usage.invalid for a run whose result nothing can be compared with */
export async function readComparable(workspace: Workspace, id: string): Promise<RunDocument> {
  const run = await workspace.documents.read('runs', workspace.index.resolve('runs', id));
  if (run.status === 'completed') return run;
  throw new CosmosError(
    'usage.invalid',
    `The run ${run.id} is ${run.status}: there is no result to compare with.`,
    {
      hint: 'Nothing was started. Leave --verify out to make it again all the same.',
    },
  );
}

/** Of two completed runs. @throws CosmosError media.unavailable, blob.missing */
export async function compareRuns(
  workspace: Workspace,
  before: RunDocument,
  after: RunDocument,
): Promise<RerunReport> {
  const [first, second] = [comparedOf(before), comparedOf(after)];
  const names = [...new Set([...first.keys(), ...second.keys()])];
  const outputs: ComparedOutput[] = [];
  for (const name of names)
    outputs.push(await compareOutput(workspace, name, [first.get(name), second.get(name)]));
  const {facts} = await diffRuns(workspace, before.id, after.id);
  return {
    run: after.id,
    of: before.id,
    isSame: outputs.every(({state}) => state.startsWith('same')),
    outputs,
    circumstances: facts.filter(({path}) => /^(?:model|target|gpu)/.test(path)),
  };
}

function comparedOf({outputs}: RunDocument): Map<string, RunFile> {
  return new Map(outputs.filter(({role}) => !NOT_COMPARED.includes(role)).map((file) => [file.name, file]));
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
    return `is ${after.width}x${after.height}, was ${before.width}x${before.height}`;
  if (before.frames !== after.frames) return `has ${after.frames} frames, had ${before.frames}`;
  return undefined;
}
