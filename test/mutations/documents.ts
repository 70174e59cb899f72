/** How documents change. */
import {DOCUMENTS, GC, ORDER, type Mutation} from './mutation.ts';

const WRITER = 'manifest/documents.ts';

export const CHANGING: readonly Mutation[] = [
  {
    what: 'no intent before the write',
    file: WRITER,
    from: '() => void this.#intents.put(intent, identifySelf()),',
    to: '() => undefined,',
    tests: [ORDER, ...DOCUMENTS],
  },
  {
    what: 'the folder of a document is not synced',
    file: WRITER,
    from: "    pausePoint('document.renamed');\n    syncFolderNow(join(this.folder, kind));\n",
    to: '',
    tests: [ORDER],
  },
  {
    what: 'a document that was changed meanwhile is overwritten',
    file: WRITER,
    from: '        return isSame(before, findBytes(this.pathOf(kind, id)));',
    to: '        return true;',
    tests: DOCUMENTS,
  },
  {
    what: 'nobody asks whether the lease is still held',
    file: WRITER,
    from: '  if (lease && !lease.isHeld()) throw leaseLost(`writing ${id}`);\n',
    to: '',
    tests: [...DOCUMENTS, ...GC],
  },
  {
    what: 'a name that is taken is taken again',
    file: WRITER,
    from: '      this.#refuseTaken(kind, id);\n',
    to: '',
    tests: DOCUMENTS,
  },
  {
    what: 'what was written is not indexed',
    file: WRITER,
    from: '    this.#index.put(kind, idOf(document), document, staged.sha256);\n',
    to: '',
    tests: DOCUMENTS,
  },
  {
    what: 'what a dead process left is not indexed',
    file: WRITER,
    from: '    for (const {key} of left) await this.#settle(key);\n',
    to: '',
    tests: DOCUMENTS,
  },
  {
    what: 'a failed write leaves its draft',
    file: WRITER,
    from: '        await rm(staged.path, {force: true});\n',
    to: '',
    tests: DOCUMENTS,
  },
  {
    what: 'what a document names is not indexed',
    file: 'manifest/index/document-index.ts',
    from: '    for (const digest of digests) this.#referrers.put(digest, {kind, id});\n',
    to: '',
    tests: [...DOCUMENTS, ...GC],
  },
];
