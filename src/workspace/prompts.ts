/**
 * Prompts as people keep them: named texts, each for a scene if wanted. Nothing is overwritten: an edit makes a new version that
 * names the one before, and a name means the newest version.
 */
import {CosmosError} from '../errors.ts';
import type {PromptSummary} from '../manifest/index/derive.ts';
import {promptIdOf, type PromptIdentity} from '../manifest/names.ts';
import {promptNameFrom} from '../manifest/prompt-name.ts';
import {findTextFault, hasControl, tidyText} from '../manifest/prompt-text.ts';
import type {PromptDocument} from '../manifest/types.gen.ts';
import {isoTime} from '../platform/clock.ts';
import {requireSceneName} from './scenes.ts';
import type {Workspace} from './workspace.ts';

const MOST_NAME = 100;

export interface PromptRequest extends PromptIdentity {
  /** Made from the text when it is not given. */
  name?: string | undefined;
  /** What it is called when no name is given and no other prompt has this one, else this with a number. */
  wishedName?: string;
  /** The run that a model wrote it in. */
  origin?: PromptDocument['origin'];
}

export interface Made {
  prompt: PromptDocument;
  /** False when there was such a prompt already. */
  isNew: boolean;
  /** The name that a prompt which was there already had until now; null when that did not change. */
  oldName: string | null;
}

/** What a person asks for by a scene that must be there. @throws what createPrompt throws, and CosmosError id.unknown */
export async function createPromptFor(
  workspace: Workspace,
  {scene, ...request}: Omit<PromptRequest, 'scene'> & {scene?: string | undefined},
): Promise<Made> {
  if (scene === undefined) return createPrompt(workspace, request);
  return createPrompt(workspace, {...request, scene: await requireSceneName(workspace, scene)});
}

/** @throws CosmosError usage.invalid for texts that cannot be a prompt, document.exists for a name that is taken */
export async function createPrompt(workspace: Workspace, request: PromptRequest): Promise<Made> {
  const identity = cleanIdentity(request);
  const id = promptIdOf(identity);
  const name = request.name === undefined ? undefined : parsePromptName(request.name);
  if (name !== undefined)
    refuseTaken(workspace, name, workspace.index.has('prompts', id) ? id : request.parent);
  if (workspace.index.has('prompts', id)) return named(workspace, id, name);
  const document: PromptDocument = {
    schema: 'cosmos/prompt/v1',
    id,
    aliases: [],
    name: name ?? freeName(workspace, request.wishedName ?? promptNameFrom(identity.text)),
    ...identity,
    ...(request.origin && {origin: request.origin}),
    createdAt: isoTime(workspace.now()),
  };
  await workspace.documents.create('prompts', document);
  return {prompt: document, isNew: true, oldName: null};
}

/** A prompt that a run made for itself has no name until somebody gives it one. */
async function named({documents}: Workspace, id: string, name: string | undefined): Promise<Made> {
  const before = await documents.read('prompts', id);
  if (name === undefined || before.name === name) return {prompt: before, isNew: false, oldName: null};
  const prompt = await documents.replace('prompts', id, (current) => ({...current, name}));
  return {prompt, isNew: false, oldName: before.name};
}

/** A name means one prompt: all that have it are versions of it. @param own one of these versions */
function refuseTaken({index}: Workspace, name: string, own: string | undefined): void {
  const prompts = Array.from(index.listPrompts());
  // It keeps the name that it has, also where a version between it and the first one was deleted.
  if (prompts.some((prompt) => prompt.id === own && isNamed(prompt, name))) return;
  const other = findNamesake(prompts, name, own);
  if (!other) return;
  throw new CosmosError('document.exists', `Another prompt is named "${name}": ${other.id}.`, {
    hint: `Nothing was made. Choose another name, or make a new version of that one: cosmos prompt edit ${JSON.stringify(name)} --text "…"`,
    facts: {name, id: other.id},
  });
}

/** A prompt of this name that is no version of `own`. */
function findNamesake(
  prompts: readonly PromptSummary[],
  name: string,
  own: string | undefined,
): PromptSummary | undefined {
  const parents = new Map(prompts.map(({id, parent}) => [id, parent]));
  const first = own === undefined ? undefined : firstVersion(own, parents);
  return prompts.find((prompt) => isNamed(prompt, name) && firstVersion(prompt.id, parents) !== first);
}

export interface SharedName {
  id: string;
  name: string;
  /** The other prompt of that name. */
  other: string;
  /** A name that nobody has. */
  free: string;
}

/** Whether a prompt that was brought back has a name that went to another one meanwhile. */
export function findSharedName(workspace: Workspace, id: string): SharedName | undefined {
  const prompts = Array.from(workspace.index.listPrompts());
  const name = prompts.find((prompt) => prompt.id === id)?.name ?? undefined;
  const other = name === undefined ? undefined : findNamesake(prompts, name, id);
  if (name === undefined || !other) return undefined;
  return {id, name, other: other.id, free: freeName(workspace, name)};
}

/** Where the versions begin that are still there. */
function firstVersion(id: string, parents: ReadonlyMap<string, string | undefined>): string {
  const seen = new Set<string>();
  let first = id;
  for (
    let next = parents.get(id);
    next !== undefined && parents.has(next) && !seen.has(next);
    next = parents.get(next)
  ) {
    seen.add(next);
    first = next;
  }
  return first;
}

function isNamed(prompt: PromptSummary, name: string): boolean {
  return prompt.name?.toLowerCase() === name.toLowerCase();
}

function cleanIdentity({text, negative, scene, parent}: PromptRequest): PromptIdentity {
  return {
    text: cleanText(text, 'prompt'),
    negative: cleanNegative(negative),
    ...(scene !== undefined && {scene}),
    ...(parent !== undefined && {parent}),
  };
}

/** An empty one is none. */
function cleanNegative(text: string | null): string | null {
  return text === null || text.trim() === '' ? null : cleanText(text, 'negative prompt');
}

function cleanText(text: string, what: string): string {
  const clean = tidyText(text);
  const why = findTextFault(clean);
  if (why === undefined) return clean;
  throw new CosmosError('usage.invalid', `The ${what} ${why}.`, {
    hint: 'Nothing was made. Give a text in plain words; line breaks are fine.',
  });
}

function parsePromptName(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= MOST_NAME && !hasControl(name) && !name.startsWith('ps_')) return name;
  throw new CosmosError('usage.invalid', `"${text}" cannot be the name of a prompt.`, {
    hint: `Nothing was made. Use up to ${MOST_NAME} characters, no line break, and not "ps_" at the beginning.`,
  });
}

/** `snow-morning`, else `snow-morning-2` and so on. */
function freeName({index}: Workspace, name: string): string {
  const taken = new Set(Array.from(index.listPrompts(), (prompt) => prompt.name?.toLowerCase()));
  let free = name;
  for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = `${name}-${number}`;
  return free;
}

/**
 * A prompt by its id, a unique beginning of it, or its name, which means the newest version.
 * @throws CosmosError id.unknown, id.ambiguous
 */
export async function resolvePrompt({documents, index}: Workspace, text: string): Promise<PromptDocument> {
  if (index.has('prompts', text)) return documents.read('prompts', text);
  const byName = newestNamed(Array.from(index.listPrompts()), text);
  return documents.read('prompts', byName ?? index.resolve('prompts', text));
}

/** Ids of what is meant by an id, a unique beginning of it, or a name, which means every version of that name. */
export function promptIdsOf({index}: Workspace, text: string): ReadonlySet<string> {
  const named = Array.from(index.listPrompts()).filter((prompt) => isNamed(prompt, text));
  return new Set(named.length > 0 ? named.map(({id}) => id) : [index.resolve('prompts', text)]);
}

/** Of several of one name without a common history, the one made last. */
function newestNamed(prompts: readonly PromptSummary[], name: string): string | undefined {
  const same = prompts.filter((prompt) => isNamed(prompt, name));
  const parents = new Set(same.map(({parent}) => parent));
  const leaves = same.filter(({id}) => !parents.has(id));
  return leaves.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0]?.id;
}

export interface PromptChange {
  text?: string | undefined;
  /** Null takes it away. */
  negative?: string | null | undefined;
  name?: string | undefined;
  scene?: string | undefined;
}

/**
 * A new version, linked to the one that it was made from. A change of the name alone is no new version.
 * @returns isNew false when nothing differs
 * @throws what createPromptFor throws
 */
export async function editPrompt(workspace: Workspace, what: string, change: PromptChange): Promise<Made> {
  const before = await resolvePrompt(workspace, what);
  const text = change.text === undefined ? before.text : cleanText(change.text, 'prompt');
  const negative = change.negative === undefined ? before.negative : cleanNegative(change.negative);
  const scene = change.scene === undefined ? before.scene : await requireSceneName(workspace, change.scene);
  const name = change.name ?? before.name ?? undefined;
  const isSame = text === before.text && negative === before.negative && scene === before.scene;
  if (isSame) {
    const rename = change.name === undefined ? undefined : parsePromptName(change.name);
    if (rename !== undefined) refuseTaken(workspace, rename, before.id);
    return named(workspace, before.id, rename);
  }
  return createPrompt(workspace, {
    ...{text, negative, name, parent: before.id},
    ...(scene !== undefined && {scene}),
  });
}

/** The versions of a prompt, oldest first, with this one last. A version that was deleted ends the list. */
export async function historyOf(
  {documents, index}: Workspace,
  prompt: PromptDocument,
): Promise<PromptDocument[]> {
  const versions = [prompt];
  let {parent} = prompt;
  while (parent !== undefined && index.has('prompts', parent) && versions.every(({id}) => id !== parent)) {
    const version = await documents.read('prompts', parent);
    versions.unshift(version);
    parent = version.parent;
  }
  return versions;
}

export interface PromptFilter {
  scene?: string | undefined;
  /** Only those that no run has used. */
  isUnused?: boolean;
  /** Also versions that others were made from. */
  isAll?: boolean;
  /** Words that all have to be there: in text, negative, name or scene. */
  words?: readonly string[];
}

export interface ListedPrompt extends PromptSummary {
  runs: number;
  /** Of the runs that are rated; null for none. */
  meanRating: number | null;
}

/** Newest first. */
export function listPrompts({index}: Workspace, filter: PromptFilter): ListedPrompt[] {
  const {scene, isUnused, isAll = false, words = []} = filter;
  const lower = words.map((word) => word.toLowerCase());
  const found: ListedPrompt[] = [];
  const prompts = Array.from(index.listPrompts());
  // What a model made of a prompt stands beside it; what a person made of it takes its place.
  const edits = isAll ? [] : prompts.filter(({origin}) => !origin);
  const outdated = new Set(edits.map(({parent}) => parent));
  for (const prompt of prompts) {
    if (outdated.has(prompt.id)) continue;
    if (scene !== undefined && prompt.scene?.toLowerCase() !== scene.toLowerCase()) continue;
    const texts = [prompt.text, prompt.negative, prompt.name, prompt.scene, prompt.id]
      .join('\n')
      .toLowerCase();
    if (!lower.every((word) => texts.includes(word))) continue;
    const runs = index.listRunsOf(prompt.id);
    if (isUnused === true && runs.length > 0) continue;
    const ratings = runs.flatMap((id) => index.getRun(id)?.rating ?? []);
    const sum = ratings.reduce<number>((total, rating) => total + rating, 0);
    found.push({
      ...prompt,
      runs: runs.length,
      meanRating: ratings.length === 0 ? null : sum / ratings.length,
    });
  }
  return found.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}
