/** What people say of runs: rating, tags, notes. It changes nothing about how a run goes, so it is possible at any time. */
import {CosmosError} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {Workspace} from './workspace.ts';

const MOST_CHARACTERS = 10_000;
const TAG = /^[^\s,\p{C}][^,\p{C}]{0,99}$/u;

/**
 * The document is replaced only as it was read, and again where another process was faster, so that neither this change
 * nor a transition is lost.
 */
async function change(
  {documents, index}: Workspace,
  ids: readonly string[],
  apply: (run: RunDocument) => Partial<RunDocument>,
): Promise<RunDocument[]> {
  const resolved = ids.map((id) => index.resolve('runs', id));
  const changed: RunDocument[] = [];
  for (const id of resolved)
    changed.push(await documents.replace('runs', id, (run) => withChanges(run, apply(run))));
  return changed;
}

/** The document itself where nothing changes: it is not written then. */
function withChanges(run: RunDocument, changes: Partial<RunDocument>): RunDocument {
  const isSame = Object.entries(changes).every(
    ([key, value]) => JSON.stringify(run[key as keyof RunDocument]) === JSON.stringify(value),
  );
  return isSame ? run : {...run, ...changes};
}

/** @param rating 1 to 5; null takes it away */
export function rateRuns(
  workspace: Workspace,
  ids: readonly string[],
  rating: RunDocument['rating'],
): Promise<RunDocument[]> {
  return change(workspace, ids, () => ({rating}));
}

/** @throws CosmosError usage.invalid for a text that is no tag */
export function tagRuns(
  workspace: Workspace,
  ids: readonly string[],
  {add, remove}: {add: readonly string[]; remove: readonly string[]},
): Promise<RunDocument[]> {
  const bad = add.find((tag) => !TAG.test(tag));
  if (bad !== undefined)
    throw new CosmosError('usage.invalid', `"${bad}" cannot be a tag.`, {
      hint: 'Nothing was changed. A tag has up to 100 characters, no comma and no line break.',
    });
  return change(workspace, ids, ({tags}) => ({
    tags: [...new Set([...tags, ...add])].filter((tag) => !remove.includes(tag)),
  }));
}

/** @param text null takes the note away. @throws CosmosError usage.invalid */
export function noteRuns(
  workspace: Workspace,
  ids: readonly string[],
  text: string | null,
): Promise<RunDocument[]> {
  if (text !== null && text.length > MOST_CHARACTERS)
    throw new CosmosError('usage.invalid', `The note has ${text.length} characters.`, {
      hint: `Nothing was changed. A note has at most ${MOST_CHARACTERS}; keep longer texts in a file: cosmos blob put FILE`,
    });
  return change(workspace, ids, () => ({notes: text}));
}
