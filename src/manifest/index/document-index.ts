/** The LMDB tables about documents. Derived: everything here can be made again from manifests/. */
import {createHash} from 'node:crypto';
import type {Catalog, Table, TableKey} from '../../cas/catalog/catalog.ts';
import type {Digest} from '../../cas/digest.ts';
import {CosmosError} from '../../errors.ts';
import type {DocumentKind, DocumentOf} from '../kinds.ts';
import {ACTIVE_STATUSES, RUN_STATUSES, type RunStatus} from '../run-status.ts';
import {digestsIn} from '../references.ts';
import {
  deriveEntries,
  packDigests,
  unpackDigests,
  type IndexEntry,
  type PromptSummary,
  type RunFacts,
  type RunSummary,
} from './derive.ts';
import {Referrers, type Referrer} from './referrers.ts';

/** For each document: which bytes were indexed, and under which keys, so that the entries can be taken out again. */
interface Indexed {
  sha256: string;
  entries: [IndexEntry['table'], TableKey][];
  /** What it refers to; see packDigests. */
  digests: Uint8Array;
}

export const INDEX_TABLES = [
  'documents',
  'runs',
  'runsByTime',
  'runsByStatus',
  'runFacts',
  'runTexts',
  'children',
  'runsByPrompt',
  'asideRuns',
  'prompts',
  'thumbnails',
  'aliases',
  'references',
] as const;

export class DocumentIndex {
  readonly #catalog: Catalog;
  readonly #documents: Table<Indexed, [DocumentKind, string]>;
  readonly #runs: Table<RunSummary, string>;
  readonly #runsByTime: Table<true, [string, string]>;
  readonly #runsByStatus: Table<true, [RunStatus, string, string]>;
  readonly #referrers: Referrers;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    this.#documents = catalog.table('documents');
    this.#runs = catalog.table('runs');
    this.#runsByTime = catalog.table('runsByTime');
    this.#runsByStatus = catalog.table('runsByStatus');
    this.#referrers = new Referrers(catalog);
  }

  /** Call inside a transaction: makes the index say what the document says, whose file has this digest. */
  put<Kind extends DocumentKind>(kind: Kind, id: string, document: DocumentOf<Kind>, sha256: string): void {
    this.remove(kind, id);
    const entries = deriveEntries(kind, document);
    for (const {table, key, value} of entries) void this.#table(table).put(key, value);
    const digests = digestsIn(document);
    for (const digest of digests) this.#referrers.put(digest, {kind, id});
    void this.#documents.put([kind, id], {
      sha256,
      entries: entries.map(({table, key}) => [table, key]),
      digests: packDigests(digests),
    });
  }

  /** Call inside a transaction: the index forgets the document. */
  remove(kind: DocumentKind, id: string): void {
    const indexed = this.#documents.get([kind, id]);
    if (!indexed) return;
    for (const [table, key] of indexed.entries) void this.#table(table).remove(key);
    for (const digest of unpackDigests(indexed.digests)) this.#referrers.remove(digest, {kind, id});
    void this.#documents.remove([kind, id]);
  }

  /** Whether exactly these bytes are what was indexed. */
  isCurrent(kind: DocumentKind, id: string, bytes: Uint8Array): boolean {
    return this.#documents.get([kind, id])?.sha256 === sha256Of(bytes);
  }

  has(kind: DocumentKind, id: string): boolean {
    return this.#documents.doesExist([kind, id]);
  }

  listIds(kind: DocumentKind): string[] {
    return Array.from(this.#documents.getKeys({start: [kind, ''], end: [kind, '\uffff']}), ([, id]) => id);
  }

  getRun(id: string): RunSummary | undefined {
    return this.#runs.get(id);
  }

  countRuns(): number {
    return this.#runs.getKeysCount();
  }

  /** How many of them make no video of their own. */
  countAsideRuns(): number {
    return this.#catalog.table<true, string>('asideRuns').getKeysCount();
  }

  /** How many runs there are in each status. */
  countByStatus(): Partial<Record<RunStatus, number>> {
    const counts: Partial<Record<RunStatus, number>> = {};
    for (const status of RUN_STATUSES) {
      const count = this.#runsByStatus.getKeysCount({start: [status, '', ''], end: [status, '\uffff', '']});
      if (count > 0) counts[status] = count;
    }
    return counts;
  }

  /** Runs in one status, newest first. */
  *listRunsIn(status: RunStatus): Generator<RunSummary, void, void> {
    const keys = this.#runsByStatus.getKeys({
      start: [status, '\uffff', ''],
      end: [status, '', ''],
      reverse: true,
    });
    for (const [, , id] of keys) {
      const summary = this.#runs.get(id);
      if (summary) yield summary;
    }
  }

  /** Runs that have not ended, newest first within each status. */
  listActiveRuns(): RunSummary[] {
    return ACTIVE_STATUSES.flatMap((status) => Array.from(this.listRunsIn(status)));
  }

  /** Newest first. */
  *listRuns(): Generator<RunSummary, void, void> {
    for (const [, id] of this.#runsByTime.getKeys({reverse: true})) {
      const summary = this.#runs.get(id);
      if (summary) yield summary;
    }
  }

  getFacts(id: string): RunFacts | undefined {
    return this.#catalog.table<RunFacts, string>('runFacts').get(id);
  }

  /** What filters look at of every run, in the order of the ids. */
  *listFacts(): Generator<{id: string; facts: RunFacts}, void, void> {
    for (const {key, value} of this.#catalog.table<RunFacts, string>('runFacts').getRange())
      yield {id: key, facts: value};
  }

  /** Every text of every run, in lower case, in the order of the ids. */
  *listTexts(): Generator<{id: string; text: string}, void, void> {
    for (const {key, value} of this.#catalog.table<string, string>('runTexts').getRange())
      yield {id: key, text: value};
  }

  /** Runs that name this one as their parent, by id, with what they are to it. */
  listChildren(id: string): {run: string; relation: string}[] {
    const children = this.#catalog.table<string, [string, string]>('children');
    const range = children.getRange({start: [id, ''], end: [id, '\uffff']});
    return Array.from(range, ({key: [, run], value: relation}) => ({run, relation}));
  }

  /** Ids of the runs of a prompt. */
  listRunsOf(prompt: string): string[] {
    const keys = this.#catalog
      .table<true, [string, string]>('runsByPrompt')
      .getKeys({start: [prompt, ''], end: [prompt, '\uffff']});
    return Array.from(keys, ([, id]) => id);
  }

  /** Documents that name pictures of the video. */
  listPictured(video: Digest): Referrer[] {
    const keys = this.#catalog
      .table<true, [string, DocumentKind, string]>('thumbnails')
      .getKeys({start: [video, 'a', ''], end: [video, 'z', '']});
    return Array.from(keys, ([, kind, id]) => ({kind, id}));
  }

  /** In the order of their ids. */
  *listPrompts(): Generator<PromptSummary, void, void> {
    const prompts = this.#catalog.table<PromptSummary, string>('prompts');
    for (const {value} of prompts.getRange()) yield value;
  }

  /** Digests that documents name and that begin so, each once. */
  listDigestsFrom(beginning: string): Digest[] {
    return this.#referrers.digestsFrom(beginning.replace(/^sha256:/, ''));
  }

  /** Every digest that documents name, with all that name it. */
  listReferences(): Iterable<{digest: Digest; namedBy: Referrer[]}> {
    return this.#referrers.byDigest();
  }

  /** Documents that name the blob. */
  listReferrers(digest: Digest): Referrer[] {
    return this.#referrers.of(digest);
  }

  isReferenced(digest: Digest): boolean {
    return this.listReferrers(digest).length > 0;
  }

  /**
   * The one document that an id, a unique beginning of one, or an alias means.
   * @throws CosmosError id.unknown, id.ambiguous
   */
  resolve(kind: DocumentKind, text: string): string {
    if (this.has(kind, text)) return text;
    const exact = [...this.#idsByAlias(kind, text), ...this.#namesWithoutCase(kind, text)];
    const found = exact.length > 0 ? exact : this.#idsByPrefix(kind, text);
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    throw only === undefined ? unknownId(kind, text) : ambiguousId(kind, text, found);
  }

  /** Every entry of every derived table, for comparing an index with its rebuild. */
  dump(): Record<string, [TableKey, unknown][]> {
    const tables = INDEX_TABLES.map((name): [string, [TableKey, unknown][]] => {
      const table = this.#catalog.table<unknown, TableKey>(name);
      return [name, Array.from(table.getRange(), ({key, value}): [TableKey, unknown] => [key, value])];
    });
    return Object.fromEntries(tables);
  }

  #table(name: IndexEntry['table']): Table<unknown, TableKey> {
    return this.#catalog.table(name);
  }

  #idsByAlias(kind: DocumentKind, alias: string): string[] {
    const table = this.#catalog.table<true, [string, DocumentKind, string]>('aliases');
    const keys = table.getKeys({start: [alias, kind, ''], end: [alias, kind, '\uffff']});
    return Array.from(keys, ([, , id]) => id);
  }

  /** Names that people choose are compared without case. */
  #namesWithoutCase(kind: DocumentKind, text: string): string[] {
    if (kind === 'runs' || kind === 'prompts') return [];
    return this.listIds(kind).filter((name) => name.toLowerCase() === text.toLowerCase());
  }

  #idsByPrefix(kind: DocumentKind, text: string): string[] {
    if (text === '') return [];
    const isBare = (kind === 'runs' || kind === 'prompts') && /^[0-9a-f]+$/.test(text);
    const prefix = isBare ? `${kind === 'runs' ? 'rs_' : 'ps_'}${text}` : text;
    const keys = this.#documents.getKeys({start: [kind, prefix], end: [kind, `${prefix}\uffff`], limit: 20});
    return Array.from(keys, ([, id]) => id);
  }
}

/** Hexadecimal, as staging a file gives it. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const SINGULAR: Record<DocumentKind, string> = {runs: 'run', prompts: 'prompt', refs: 'ref', pins: 'pin'};

function unknownId(kind: DocumentKind, text: string): CosmosError {
  return new CosmosError('id.unknown', `There is no ${SINGULAR[kind]} "${text}" in this workspace.`, {
    hint:
      kind === 'runs'
        ? 'List the runs with "cosmos list --all".'
        : kind === 'prompts'
          ? 'List the prompts with "cosmos prompt list".'
          : `Look in manifests/${kind}/ for the ones that there are.`,
    facts: {kind, id: text},
  });
}

function ambiguousId(kind: DocumentKind, text: string, found: readonly string[]): CosmosError {
  return new CosmosError(
    'id.ambiguous',
    `"${text}" fits more than one ${SINGULAR[kind]}: ${found.slice(0, 5).join(', ')}${found.length > 5 ? ', …' : ''}.`,
    {
      hint: 'Type more characters of the id.',
      facts: {kind, id: text, found},
    },
  );
}
