/**
 * The documents in manifests/: the truth about runs, prompts, refs and pins. A change is: durable intent, read, apply,
 * stage; then in one catalog transaction the document is still the one that was read and the caller still holds its
 * lease, rename, sync the directory, index, clear the intent. Opening a workspace repeats the indexing of every
 * document whose intent a dead process left.
 */
import {readdirSync, renameSync, rmSync} from 'node:fs';
import {readFile, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {setImmediate} from 'node:timers/promises';
import type {Catalog, Table} from '../cas/catalog/catalog.ts';
import {leaseLost, type Lease} from '../cas/catalog/leases.ts';
import {ensurePlaceNow, type TrashBatch} from '../cas/trash/batches.ts';
import {CosmosError, isErrno} from '../errors.ts';
import {pausePoint} from '../platform/pause.ts';
import {identifySelf, isProvenDead, type ProcessIdentity} from '../platform/process-identity.ts';
import {ensureFolder, stage, syncFolderNow, type Staged} from '../platform/publish.ts';
import {randomHex} from '../platform/random.ts';
import {canonicalChunks} from './canonical.ts';
import {findBytes, isSame, missingDocument, stemOf} from './document-file.ts';
import {sha256Of, type DocumentIndex} from './index/document-index.ts';
import {DOCUMENT_KINDS, idOf, isDocumentKind, type DocumentKind, type DocumentOf} from './kinds.ts';
import {parseName} from './names.ts';
import {parseDocument, validateDocument} from './validate.ts';

export interface ReplaceOptions {
  /** The change happens only while this lease is held. */
  lease?: Lease;
}

/** Kind, id, and what makes it this one. */
type Intent = [DocumentKind, string, string];
type Intents = Table<ProcessIdentity, Intent>;

export class Documents {
  readonly folder: string;
  readonly #catalog: Catalog;
  readonly #index: DocumentIndex;
  readonly #intents: Intents;

  constructor(folder: string, catalog: Catalog, index: DocumentIndex) {
    this.folder = folder;
    this.#catalog = catalog;
    this.#index = index;
    this.#intents = catalog.table('intents');
  }

  pathOf(kind: DocumentKind, id: string): string {
    return join(this.folder, kind, `${id}.json`);
  }

  /** @throws CosmosError document.missing, document.invalid, document.newer */
  async read<Kind extends DocumentKind>(kind: Kind, id: string): Promise<DocumentOf<Kind>> {
    return parseDocument(kind, await this.readBytes(kind, id), this.pathOf(kind, id), id);
  }

  /** Who reads many lets others have their turn between two. @throws CosmosError document.missing */
  async readBytes(kind: DocumentKind, id: string): Promise<Uint8Array> {
    await setImmediate();
    const bytes = findBytes(this.pathOf(kind, id));
    if (bytes) return bytes;
    throw missingDocument(kind, id, this.pathOf(kind, id));
  }

  /** Ids of every file of a kind: what is really there, whatever the index says. */
  async listIds(kind: DocumentKind): Promise<string[]> {
    const names = await readdir(join(this.folder, kind)).catch((error: unknown) => {
      if (isErrno(error, 'ENOENT')) return [];
      throw error;
    });
    return names.filter((name) => name.endsWith('.json')).map(stemOf);
  }

  /** Makes a document. @throws CosmosError document.exists (names are compared without case), usage.invalid for a name that some system refuses */
  async create<Kind extends DocumentKind>(
    kind: Kind,
    document: DocumentOf<Kind>,
    options: ReplaceOptions = {},
  ): Promise<void> {
    const id = idOf(document);
    if (kind === 'refs' || kind === 'pins') parseName(id, kind === 'refs' ? 'ref' : 'pin');
    await validateDocument(kind, document, this.pathOf(kind, id));
    await this.#publish(kind, document, () => {
      checkLease(options.lease, id);
      this.#refuseTaken(kind, id);
      return true;
    });
  }

  /**
   * Reads, changes and replaces a document; repeats when another process was faster. A change that returns its argument
   * writes nothing.
   * @returns the document as it is now
   */
  async replace<Kind extends DocumentKind>(
    kind: Kind,
    id: string,
    change: (document: DocumentOf<Kind>) => DocumentOf<Kind>,
    options: ReplaceOptions = {},
  ): Promise<DocumentOf<Kind>> {
    for (;;) {
      const before = await this.readBytes(kind, id);
      const document = await parseDocument(kind, before, this.pathOf(kind, id), id);
      const next = change(document);
      if (next === document) return document;
      if (idOf(next) !== id) throw new Error(`a change must not turn ${id} into ${idOf(next)}`);
      await validateDocument(kind, next, this.pathOf(kind, id));
      const isDone = await this.#publish(kind, next, () => {
        checkLease(options.lease, id);
        return isSame(before, findBytes(this.pathOf(kind, id)));
      });
      if (isDone) return next;
    }
  }

  /** Moves a document to the trash. @throws CosmosError document.missing */
  async remove(kind: DocumentKind, id: string, batch: TrashBatch): Promise<void> {
    await this.#withIntent(kind, id, (intent) =>
      this.#catalog.transaction(`moving ${kind}/${id} to the trash`, () => {
        if (!findBytes(this.pathOf(kind, id))) throw missingDocument(kind, id, this.pathOf(kind, id));
        const folder = ensurePlaceNow(batch, 'documents', kind);
        renameSync(this.pathOf(kind, id), join(folder, `${id}.json`));
        pausePoint('document.trashed');
        syncFolderNow(folder);
        syncFolderNow(join(this.folder, kind));
        this.#index.remove(kind, id);
        void this.#intents.remove(intent);
      }),
    );
  }

  /** A document in the trash. @throws CosmosError document.invalid, document.newer */
  async readTrashed(kind: DocumentKind, file: string, batch: TrashBatch): Promise<DocumentOf<DocumentKind>> {
    const path = join(batch.folder, 'documents', kind, file);
    return parseDocument(kind, await readFile(path), path, stemOf(file));
  }

  /** Takes a document out of the trash. @returns false, changing nothing, when one of that name is there again */
  async restore(kind: DocumentKind, file: string, batch: TrashBatch): Promise<boolean> {
    const id = stemOf(file);
    const from = join(batch.folder, 'documents', kind, file);
    const bytes = await readFile(from);
    const document = await parseDocument(kind, bytes, from, id);
    return this.#withIntent(kind, id, (intent) =>
      this.#catalog.transaction(`taking ${kind}/${id} out of the trash`, () => {
        void this.#intents.remove(intent);
        if (this.#takenName(kind, id) !== undefined) return false;
        renameSync(from, this.pathOf(kind, id));
        pausePoint('document.restored');
        syncFolderNow(join(this.folder, kind));
        this.#index.put(kind, id, document, sha256Of(bytes));
        return true;
      }),
    );
  }

  /** Indexes every document whose intent was left by a process that is gone. @returns how many */
  async repeatLeftIntents(): Promise<number> {
    const left = Array.from(this.#intents.getRange()).filter(({value}) => isProvenDead(value));
    for (const {key} of left) await this.#settle(key);
    return left.length;
  }

  /** Makes the index say what the file says, be it there or not. What is no valid document is not in the index. */
  async indexFile(kind: DocumentKind, id: string): Promise<void> {
    for (;;) {
      const bytes = findBytes(this.pathOf(kind, id));
      const document =
        bytes && (await parseDocument(kind, bytes, this.pathOf(kind, id), id).catch(forgiveInvalid));
      const isDone = await this.#catalog.transaction(`indexing ${kind}/${id}`, () => {
        if (!isSame(bytes, findBytes(this.pathOf(kind, id)))) return false;
        if (bytes && document) this.#index.put(kind, id, document, sha256Of(bytes));
        else this.#index.remove(kind, id);
        return true;
      });
      if (isDone) return;
    }
  }

  /**
   * Removes temporary files of dead writers. Every writer announces an intent first, so without intents all are leftovers.
   * @returns how many were (or, of a dry run, would be) removed
   */
  async removeLeftovers(isDryRun: boolean): Promise<number> {
    if (isDryRun) return this.#livingIntents() > 0 ? 0 : this.#listDrafts().length;
    return this.#catalog.transaction('removing leftover drafts', () => {
      if (this.#intents.getKeysCount({limit: 1}) > 0) return 0;
      const drafts = this.#listDrafts();
      for (const path of drafts) rmSync(path, {force: true});
      return drafts.length;
    });
  }

  #livingIntents(): number {
    return Array.from(this.#intents.getRange()).filter(({value}) => !isProvenDead(value)).length;
  }

  #listDrafts(): string[] {
    return DOCUMENT_KINDS.flatMap((kind) => {
      const names = readdirSync(join(this.folder, kind)).filter((name) => name.endsWith('.part'));
      return names.map((name) => join(this.folder, kind, name));
    });
  }

  /** @param isWanted asked in the transaction; when it says no, nothing is changed. @returns what it said */
  async #publish<Kind extends DocumentKind>(
    kind: Kind,
    document: DocumentOf<Kind>,
    isWanted: () => boolean,
  ): Promise<boolean> {
    const id = idOf(document);
    return this.#withIntent(kind, id, async (intent) => {
      const staged = await stage(join(this.folder, kind), Readable.from(canonicalChunks(document)));
      try {
        return await this.#catalog.transaction(`writing ${kind}/${id}`, () => {
          const isDone = isWanted();
          if (isDone) this.#commit(kind, staged, document);
          void this.#intents.remove(intent);
          return isDone;
        });
      } finally {
        await rm(staged.path, {force: true});
        pausePoint('document.written');
      }
    });
  }

  /** `work` takes the intent back in its last transaction. When it fails, what it did to the file is indexed. */
  async #withIntent<T>(kind: DocumentKind, id: string, work: (intent: Intent) => Promise<T>): Promise<T> {
    const intent: Intent = [kind, id, randomHex(6)];
    await this.#catalog.transaction(
      `intent for ${kind}/${id}`,
      () => void this.#intents.put(intent, identifySelf()),
    );
    pausePoint('document.announced');
    try {
      return await work(intent);
    } catch (error) {
      await this.#settle(intent).catch(() => undefined);
      throw error;
    }
  }

  async #settle(intent: Intent): Promise<void> {
    const [kind, id] = intent;
    if (isDocumentKind(kind)) await this.indexFile(kind, id);
    await this.#catalog.transaction('clearing an intent', () => void this.#intents.remove(intent));
  }

  #commit<Kind extends DocumentKind>(kind: Kind, staged: Staged, document: DocumentOf<Kind>): void {
    renameSync(staged.path, this.pathOf(kind, idOf(document)));
    pausePoint('document.renamed');
    syncFolderNow(join(this.folder, kind));
    this.#index.put(kind, idOf(document), document, staged.sha256);
  }

  /** Ids are lower case already; only names that people choose can differ in case alone. */
  #takenName(kind: DocumentKind, id: string): string | undefined {
    if (kind === 'runs' || kind === 'prompts') return findBytes(this.pathOf(kind, id)) && `${id}.json`;
    return readdirSync(join(this.folder, kind)).find(
      (name) => name.toLowerCase() === `${id.toLowerCase()}.json`,
    );
  }

  #refuseTaken(kind: DocumentKind, id: string): void {
    const taken = this.#takenName(kind, id);
    if (taken === undefined) return;
    throw new CosmosError('document.exists', `There already is ${kind}/${taken}.`, {
      hint: 'Choose another name; upper and lower case count as the same.',
      facts: {kind, id},
    });
  }
}

/** The folders of an empty manifests/, each durable. */
export async function makeDocumentFolders(folder: string): Promise<void> {
  for (const kind of DOCUMENT_KINDS) await ensureFolder(join(folder, kind));
}

function checkLease(lease: Lease | undefined, id: string): void {
  if (lease && !lease.isHeld()) throw leaseLost(`writing ${id}`);
}

function forgiveInvalid(error: unknown): undefined {
  if (!(error instanceof CosmosError)) throw error;
}
