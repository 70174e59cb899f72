/**
 * What the index knows of a document: a pure function from the document to table entries. The index is nothing but the
 * sum of these, so a rebuild must give the same tables.
 */
import {DIGEST_BYTES, digestAt, hexOf, type Digest} from '../../cas/digest.ts';
import type {DocumentKind, DocumentOf} from '../kinds.ts';
import {idOf} from '../kinds.ts';
import {reachedAt} from '../run-status.ts';
import type {PromptDocument, RunDocument} from '../types.gen.ts';

/** What listings show of a run. */
export interface RunSummary {
  id: string;
  name: string | null;
  kind: RunDocument['kind'];
  model: string;
  status: RunDocument['status'];
  createdAt: string;
  /** When it reached its present status. */
  since: string;
  /** When its job ended, which may be long before anybody looked; null while nobody knows. */
  endedAt: string | null;
  prompt: string | null;
  scene: string | null;
  target: string;
  /** Number of outputs and their bytes. */
  outputs: number;
  outputBytes: number;
  failure: string | null;
  isCancelRequested: boolean;
  /** What it was last seen to wait for; absent for one that waits for nothing. */
  waiting?: RunDocument['execution']['waiting'];
  /** How long its job ran, milliseconds; absent until that is known. */
  runningMs?: number;
  /** How long nothing was heard of its job at most, milliseconds; absent until that is known. */
  silentMs?: number;
  /** What the machine cost while the job ran; absent where nobody said its price. */
  cost?: {amount: number; currency: string};
  rating: number | null;
}

/** What filters look at, beside the summary. */
export interface RunFacts {
  parameters: Record<string, unknown>;
  tags: string[];
  /** Id of the prompt. */
  prompt: string | null;
  batch: string | null;
}

export type PromptSummary = Pick<
  PromptDocument,
  'id' | 'name' | 'text' | 'negative' | 'createdAt' | 'scene' | 'parent' | 'origin'
>;

export type IndexEntry =
  | {table: 'runFacts'; key: string; value: RunFacts}
  /** Every text of a run that a person may remember, in lower case. Apart from the facts, as searches read all of them. */
  | {table: 'runTexts'; key: string; value: string}
  | {table: 'children'; key: [string, string]; value: string}
  | {table: 'runsByPrompt'; key: [string, string]; value: true}
  /** Those that make no video of their own. */
  | {table: 'asideRuns'; key: string; value: true}
  | {table: 'prompts'; key: string; value: PromptSummary}
  | {table: 'runs'; key: string; value: RunSummary}
  | {table: 'runsByTime'; key: [string, string]; value: true}
  | {table: 'runsByStatus'; key: [RunDocument['status'], string, string]; value: true}
  /** By the digest of the video. */
  | {table: 'thumbnails'; key: [string, DocumentKind, string]; value: true}
  | {table: 'aliases'; key: [string, DocumentKind, string]; value: true};

export function deriveEntries<Kind extends DocumentKind>(
  kind: Kind,
  document: DocumentOf<Kind>,
): IndexEntry[] {
  const id = idOf(document);
  const aliases = 'aliases' in document ? document.aliases : [];
  const {thumbnails = {}}: Pick<RunDocument, 'thumbnails'> = 'thumbnails' in document ? document : {};
  return [
    ...(isRun(document) ? deriveRun(document) : []),
    ...(isPrompt(document) ? [derivePrompt(document)] : []),
    ...Object.keys(thumbnails).map((video): IndexEntry => ({
      table: 'thumbnails',
      key: [video, kind, id],
      value: true,
    })),
    ...aliases.map((alias): IndexEntry => ({table: 'aliases', key: [alias, kind, id], value: true})),
  ];
}

/** The blobs that a document refers to, 32 bytes for each: a run may have very many. */
export function packDigests(digests: ReadonlySet<Digest>): Uint8Array {
  const bytes = Buffer.alloc(digests.size * DIGEST_BYTES);
  let end = 0;
  for (const digest of digests) end += bytes.write(hexOf(digest), end, 'hex');
  return bytes;
}

export function* unpackDigests(bytes: Uint8Array): Generator<Digest, void, void> {
  for (let start = 0; start < bytes.length; start += DIGEST_BYTES) yield digestAt(bytes.subarray(start));
}

function isRun(document: DocumentOf<DocumentKind>): document is RunDocument {
  return 'status' in document;
}

function isPrompt(document: DocumentOf<DocumentKind>): document is PromptDocument {
  return document.schema === 'cosmos/prompt/v1';
}

function derivePrompt({
  id,
  name,
  text,
  negative,
  createdAt,
  scene,
  parent,
  origin,
}: PromptDocument): IndexEntry {
  const value = {
    ...{id, name, text, negative, createdAt},
    ...(scene !== undefined && {scene}),
    ...(parent !== undefined && {parent}),
    ...(origin && {origin}),
  };
  return {table: 'prompts', key: id, value};
}

function deriveRun(run: RunDocument): IndexEntry[] {
  return [
    {table: 'runFacts', key: run.id, value: factsOf(run)},
    {table: 'runTexts', key: run.id, value: textsOf(run)},
    ...run.parents.map(({run: parent, relation}): IndexEntry => ({
      table: 'children',
      key: [parent, run.id],
      value: relation,
    })),
    ...(run.prompt
      ? [
          {
            table: 'runsByPrompt',
            key: [run.prompt.id, run.id] as [string, string],
            value: true as const,
          } as const,
        ]
      : []),
    ...(isAsideKind(run.kind) ? [{table: 'asideRuns', key: run.id, value: true} as const] : []),
    {table: 'runs', key: run.id, value: summarize(run)},
    {table: 'runsByTime', key: [run.createdAt, run.id], value: true},
    {table: 'runsByStatus', key: [run.status, run.createdAt, run.id], value: true},
  ];
}

/** Runs that make no video of their own are not among the others in lists, unless they are asked for. */
export function isAsideKind(kind: RunDocument['kind']): boolean {
  return kind === 'enhance' || kind === 'load';
}

function factsOf({parameters, tags, prompt, batch}: RunDocument): RunFacts {
  return {parameters, tags, prompt: prompt?.id ?? null, batch: batch?.id ?? null};
}

function textsOf(run: RunDocument): string {
  const {prompt, failure} = run;
  const texts = [
    run.name,
    run.scene?.name,
    prompt?.text,
    prompt?.negative,
    prompt?.id,
    ...run.aliases,
    ...run.tags,
    run.notes,
    failure?.class,
    failure?.message,
    run.model.name ?? run.model.family,
  ];
  return texts
    .filter((text) => typeof text === 'string')
    .join('\n')
    .toLowerCase();
}

/** Longer prompts are cut: listings show one line of them. */
const PROMPT_CHARACTERS = 200;

export function summarize(run: RunDocument): RunSummary {
  return {
    id: run.id,
    name: run.name,
    kind: run.kind,
    model: run.model.name ?? run.model.family,
    status: run.status,
    createdAt: run.createdAt,
    since: reachedAt(run),
    endedAt: run.execution.endedAt ?? null,
    prompt: run.prompt && run.prompt.text.slice(0, PROMPT_CHARACTERS),
    scene: run.scene && run.scene.name,
    target: run.execution.target,
    outputs: run.outputs.length,
    outputBytes: run.outputs.reduce((sum, {size}) => sum + size, 0),
    failure: run.failure && run.failure.class,
    isCancelRequested: run.cancelRequested !== null,
    ...(run.execution.waiting && {waiting: run.execution.waiting}),
    ...(run.execution.phaseMs?.['running'] !== undefined && {runningMs: run.execution.phaseMs['running']}),
    ...(run.execution.longestSilenceMs !== undefined && {silentMs: run.execution.longestSilenceMs}),
    ...(run.cost && {cost: {amount: run.cost.amount, currency: run.cost.currency}}),
    rating: run.rating,
  };
}
