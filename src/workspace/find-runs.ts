/** Finding runs: filters over what the index knows of each, newest first. Never contacts a target. */
import {CosmosError} from '../errors.ts';
import {isAsideKind, type RunFacts, type RunSummary} from '../manifest/index/derive.ts';
import type {RunStatus} from '../manifest/run-status.ts';
import {valueAt} from '../runner/json.ts';
import {promptIdsOf} from './prompts.ts';
import {isDuration, parseDuration} from './settings/duration.ts';
import type {Workspace} from './workspace.ts';

/**
 * Every member narrows; what is undefined asks for nothing. Runs that make a text are found only where `kind` or `model` asks
 * for them.
 */
export interface RunFilter {
  status?: RunStatus | undefined;
  scene?: string | undefined;
  model?: string | undefined;
  kind?: string | undefined;
  target?: string | undefined;
  /** `2026-11-01`, or an age such as `7d`. */
  since?: string | undefined;
  until?: string | undefined;
  /** `4`, `4+` or `none`. */
  rating?: string | undefined;
  tags?: readonly string[] | undefined;
  /** `num_steps=20`, `weights.edge>0.5`. */
  parameters?: readonly string[] | undefined;
  prompt?: string | undefined;
  batch?: string | undefined;
  /** Words that all have to be there, in any text of the run, its id, or the beginning of a digest that it names. */
  words?: readonly string[] | undefined;
}

type Test = (run: RunSummary) => boolean;
type FactTest = (facts: RunFacts) => boolean;

/**
 * What is asked of texts and facts is looked for first, as one pass over each of these tables costs less than to look up every
 * run there.
 * @throws CosmosError usage.invalid for a filter that says nothing
 */
export function findRuns(workspace: Workspace, filter: RunFilter): RunSummary[] {
  const {index} = workspace;
  const tests = testsOf(workspace, filter);
  const chosen = narrowed(withTexts(workspace, filter), withFacts(workspace, filter));
  if (!chosen) {
    const runs = filter.status === undefined ? index.listRuns() : index.listRunsIn(filter.status);
    return Array.from(runs).filter((run) => tests.every((test) => test(run)));
  }
  const found = Array.from(chosen).flatMap((id) => index.getRun(id) ?? []);
  return found
    .filter((run) => (filter.status ?? run.status) === run.status && tests.every((test) => test(run)))
    .toSorted((a, b) => (a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id) ? 1 : -1));
}

/** Ids that are in both; undefined for no restriction. */
function narrowed(
  a: ReadonlySet<string> | undefined,
  b: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  return a && b ? new Set([...a].filter((id) => b.has(id))) : (a ?? b);
}

function withTexts(workspace: Workspace, {words = []}: RunFilter): ReadonlySet<string> | undefined {
  if (words.length === 0) return undefined;
  const tests = words.map((word) => withWord(workspace, word));
  const found = new Set<string>();
  for (const {id, text} of workspace.index.listTexts())
    if (tests.every((test) => test(id, text))) found.add(id);
  return found;
}

function withFacts(workspace: Workspace, filter: RunFilter): ReadonlySet<string> | undefined {
  const {tags = [], parameters = [], prompt, batch} = filter;
  const tests: FactTest[] = [
    ...tags.map(tagged),
    ...parameters.map(withParameter),
    ...(prompt === undefined ? [] : [ofPrompt(workspace, prompt)]),
    ...(batch === undefined ? [] : [(facts: RunFacts) => facts.batch === batch]),
  ];
  if (tests.length === 0) return undefined;
  const found = new Set<string>();
  for (const {id, facts} of workspace.index.listFacts())
    if (tests.every((test) => test(facts))) found.add(id);
  return found;
}

function testsOf(workspace: Workspace, filter: RunFilter): Test[] {
  const {scene, model, kind, target, rating} = filter;
  const now = workspace.now();
  const isAnyWanted = kind !== undefined || model !== undefined;
  return [
    ...(isAnyWanted ? [] : [makesVideo]),
    ...sameText(scene, (run) => run.scene),
    ...sameText(model, (run) => run.model),
    ...sameText(kind, (run) => run.kind),
    ...sameText(target, (run) => run.target),
    ...(filter.since === undefined ? [] : [after(parseTime(filter.since, now, '--since'))]),
    ...(filter.until === undefined ? [] : [before(parseTime(filter.until, now, '--until'))]),
    ...(rating === undefined ? [] : [rated(rating)]),
  ];
}

/** Also in other lists of videos. */
export function makesVideo({kind}: Pick<RunSummary, 'kind'>): boolean {
  return !isAsideKind(kind);
}

function sameText(wanted: string | undefined, read: (run: RunSummary) => string | null): Test[] {
  if (wanted === undefined) return [];
  const lower = wanted.toLowerCase();
  return [(run) => read(run)?.toLowerCase() === lower];
}

function after(time: number): Test {
  return ({createdAt}) => Date.parse(createdAt) >= time;
}

function before(time: number): Test {
  return ({createdAt}) => Date.parse(createdAt) < time;
}

/** A day, a moment, or how long ago. */
function parseTime(text: string, now: number, flag: string): number {
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time)) return time;
  if (isDuration(text)) return now - parseDuration(text);
  throw badFilter(flag, `"${text}" is no day and no age`, '2026-11-01 or 7d');
}

function rated(text: string): Test {
  if (text === 'none') return ({rating}) => rating === null;
  const [, least, isOpen] = /^([1-5])(\+?)$/.exec(text) ?? [];
  if (least === undefined) throw badFilter('--rating', `"${text}" is no rating`, '4, 4+ or none');
  return ({rating}) =>
    rating !== null && (isOpen === '+' ? rating >= Number(least) : rating === Number(least));
}

function tagged(tag: string): FactTest {
  const lower = tag.toLowerCase();
  return ({tags}) => tags.some((each) => each.toLowerCase() === lower);
}

function withParameter(text: string): FactTest {
  const [, name, operator, value] = /^([^=<>]+)(=|<|>)(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw badFilter('--param', `"${text}" has no form like name=value`, 'num_steps=20 or weights.edge>0.5');
  return ({parameters}) => {
    const found = parameters[name] ?? valueAt(parameters, name.split('.'));
    if (operator === '=') return found !== undefined && textOf(found) === value;
    if (typeof found !== 'number') return false;
    return operator === '<' ? found < Number(value) : found > Number(value);
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function ofPrompt(workspace: Workspace, text: string): FactTest {
  const ids = promptIdsOf(workspace, text);
  return ({prompt}) => prompt !== null && ids.has(prompt);
}

/** A word of eight hexadecimal digits or more may also be the beginning of a digest. */
function withWord({index}: Workspace, word: string): (id: string, text: string) => boolean {
  const lower = word.toLowerCase();
  const hex = /^(?:sha256:)?([0-9a-f]{8,64})$/.exec(lower)?.[1];
  const digests = hex === undefined ? [] : index.listDigestsFrom(`sha256:${hex}`);
  const named = new Set(
    digests
      .flatMap((digest) => index.listReferrers(digest))
      .flatMap(({kind, id}) => (kind === 'runs' ? [id] : [])),
  );
  return (id, text) => named.has(id) || id.startsWith(lower) || text.includes(lower);
}

function badFilter(flag: string, why: string, example: string): CosmosError {
  return new CosmosError('usage.invalid', `${flag}: ${why}.`, {hint: `Write it like ${flag} ${example}`});
}
