/**
 * The documents in manifests/: the truth about runs, prompts, refs and pins. A change is: durable intent, read, apply,
 * stage; then in one catalog transaction the document is still the one that was read and the caller still holds its
 * lease, rename, sync the directory, index, clear the intent. Opening a workspace repeats the indexing of every
 * document whose intent a dead process left.
 */
import {readFileSync, readdirSync, renameSync, rmSync} from 'node:fs';
import {readFile, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {Catalog, Table} from '../cas/catalog/catalog.ts';
import type {Lease} from '../cas/catalog/leases.ts';
import type {TrashBatch} from '../cas/trash/batches.ts';
import {CosmosError, isErrno} from '../errors.ts';
import {pausePoint} from '../platform/pause.ts';
import {identifySelf, isProvenDead, type ProcessIdentity} from '../platform/process-identity.ts';
import {ensureFolder, stage, syncFolderNow, type Staged} from '../platform/publish.ts';
import {randomHex} from '../platform/random.ts';
import {canonicalBytes} from './canonical.ts';
import type {DocumentIndex} from './index/document-index.ts';
import {DOCUMENT_KINDS, idOf, isDocumentKind, type DocumentKind, type DocumentOf} from './kinds.ts';
import {parseDocument, validateDocument} from './validate.ts';

export interface ReplaceOptions {
  /** The change happens only while this lease is held. */
  lease?: Lease;
}

type Intents = Table<ProcessIdentity, [DocumentKind, string, string]>;

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
    return parseDocument(kind, await this.readBytes(kind, id), this.pathOf(kind, id));
  }

  /** @throws CosmosError document.missing */
  async readBytes(kind: DocumentKind, id: string): Promise<Uint8Array> {
    const bytes = readIfThere(this.pathOf(kind, id));
    if (bytes) return bytes;
    throw new CosmosError('document.missing', `The file ${this.pathOf(kind, id)} is gone.`, {
      hint: 'Bring it back from a backup, then run "cosmos index rebuild".',
      facts: {kind, id},
    });
  }

  /** Ids of every file of a kind: what is really there, whatever the index says. */
  async listIds(kind: DocumentKind): Promise<string[]> {
    const names = await readdir(join(this.folder, kind)).catch((error: unknown) => {
      if (isErrno(error, 'ENOENT')) return [];
      throw error;
    });
    return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
  }

  /** Makes a document. @throws CosmosError document.exists; names are compared without case */
  async create<Kind extends DocumentKind>(kind: Kind, document: DocumentOf<Kind>, options: ReplaceOptions = {}): Promise<void> {
    const id = idOf(document);
    await validateDocument(kind, document, this.pathOf(kind, id));
    await this.#publish(kind, id, canonicalBytes(document), (staged) => {
      checkLease(options.lease, id);
      this.#refuseTaken(kind, id);
      this.#commit(kind, staged, document, canonicalBytes(document));
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
      const document = await parseDocument(kind, before, this.pathOf(kind, id));
      const next = change(document);
      if (next === document) return document;
      await validateDocument(kind, next, this.pathOf(kind, id));
      const bytes = canonicalBytes(next);
      const isDone = await this.#publish(kind, id, bytes, (staged) => {
        checkLease(options.lease, id);
        if (!isSame(before, readIfThere(this.pathOf(kind, id)))) return false;
        this.#commit(kind, staged, next, bytes);
        return true;
      });
      if (isDone) return next;
    }
  }

  /** Moves a document to the trash. @throws CosmosError document.missing */
  async remove(kind: DocumentKind, id: string, batch: TrashBatch): Promise<void> {
    const folder = join(batch.folder, 'documents', kind);
    await ensureFolder(folder);
    await this.#catalog.transaction(`moving ${kind}/${id} to the trash`, () => {
      renameSync(this.pathOf(kind, id), join(folder, `${id}.json`));
      syncFolderNow(folder);
      syncFolderNow(join(this.folder, kind));
      this.#index.remove(kind, id);
    });
  }

  /** Takes a document out of the trash. @returns false, changing nothing, when one of that name is there again */
  async restore(kind: DocumentKind, file: string, batch: TrashBatch): Promise<boolean> {
    const id = file.slice(0, -'.json'.length);
    const from = join(batch.folder, 'documents', kind, file);
    const bytes = await readFile(from);
    const document = await parseDocument(kind, bytes, from);
    return this.#catalog.transaction(`taking ${kind}/${id} out of the trash`, () => {
      if (readIfThere(this.pathOf(kind, id))) return false;
      renameSync(from, this.pathOf(kind, id));
      syncFolderNow(join(this.folder, kind));
      this.#index.put(kind, id, document, bytes);
      return true;
    });
  }

  /** Indexes every document whose intent was left by a process that is gone. @returns how many */
  async repeatLeftIntents(): Promise<number> {
    const left = Array.from(this.#intents.getRange()).filter(({value}) => isProvenDead(value));
    for (const {key} of left) {
      const [kind, id] = key;
      if (isDocumentKind(kind)) await this.indexFile(kind, id);
      await this.#catalog.transaction('clearing an intent', () => void this.#intents.remove(key));
    }
    return left.length;
  }

  /** Makes the index say what the file says, be it there or not. */
  async indexFile(kind: DocumentKind, id: string): Promise<void> {
    for (;;) {
      const bytes = readIfThere(this.pathOf(kind, id));
      const document = bytes && (await parseDocument(kind, bytes, this.pathOf(kind, id)));
      const isDone = await this.#catalog.transaction(`indexing ${kind}/${id}`, () => {
        if (!isSame(bytes, readIfThere(this.pathOf(kind, id)))) return false;
        if (bytes && document) this.#index.put(kind, id, document, bytes);
        else this.#index.remove(kind, id);
        return true;
      });
      if (isDone) return;
    }
  }

  /** Removes temporary files of dead writers. Every writer announces an intent first, so without intents all are leftovers. */
  async removeLeftovers(): Promise<number> {
    return this.#catalog.transaction('removing leftover drafts', () => {
      if (this.#intents.getKeysCount({limit: 1}) > 0) return 0;
      let count = 0;
      for (const kind of DOCUMENT_KINDS) count += removeDrafts(join(this.folder, kind));
      return count;
    });
  }

  async #publish(
    kind: DocumentKind,
    id: string,
    bytes: Uint8Array,
    commit: (staged: Staged) => boolean,
  ): Promise<boolean> {
    const intent: [DocumentKind, string, string] = [kind, id, randomHex(6)];
    await this.#catalog.transaction(`intent for ${kind}/${id}`, () => void this.#intents.put(intent, identifySelf()));
    pausePoint('document.announced');
    const staged = await stage(join(this.folder, kind), bytes);
    try {
      return await this.#catalog.transaction(`writing ${kind}/${id}`, () => {
        const isDone = commit(staged);
        void this.#intents.remove(intent);
        return isDone;
      });
    } finally {
      await rm(staged.path, {force: true});
      pausePoint('document.written');
    }
  }

  #commit<Kind extends DocumentKind>(kind: Kind, staged: Staged, document: DocumentOf<Kind>, bytes: Uint8Array): void {
    renameSync(staged.path, this.pathOf(kind, idOf(document)));
    pausePoint('document.renamed');
    syncFolderNow(join(this.folder, kind));
    this.#index.put(kind, idOf(document), document, bytes);
  }

  /** Ids are lower case already; only names that people choose can differ in case alone. */
  #takenName(kind: DocumentKind, id: string): string | undefined {
    if (kind === 'runs' || kind === 'prompts') return readIfThere(this.pathOf(kind, id)) && `${id}.json`;
    return readdirSync(join(this.folder, kind)).find((name) => name.toLowerCase() === `${id.toLowerCase()}.json`);
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
  if (!lease || lease.isHeld()) return;
  throw new CosmosError('lease.lost', `This process lost its lease while it worked on ${id}.`, {
    hint: 'Another process took over, or the lease was broken. Nothing was overwritten; look with "cosmos status".',
    facts: {id},
  });
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    if (isErrno(error, 'EACCES', 'EPERM', 'EISDIR', 'EIO')) {
      throw new CosmosError('document.invalid', `Cannot read ${path} (${error.code ?? ''}).`, {
        hint: 'Make the file readable for your user.',
        cause: error,
        facts: {file: path},
      });
    }
    throw error;
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a && b ? Buffer.compare(a, b) === 0 : a === b;
}

function removeDrafts(folder: string): number {
  const drafts = readdirSync(folder).filter((name) => name.endsWith('.part'));
  for (const name of drafts) rmSync(join(folder, name), {force: true});
  return drafts.length;
}
