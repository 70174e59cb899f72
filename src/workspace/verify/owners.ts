/** Which documents name the blobs that something is wrong with, and as what. */
import type {Digest} from '../../cas/digest.ts';
import {blobsIn} from '../../manifest/references.ts';
import type {Finding} from './report.ts';

/** What a document has lost; the others are only worth a look. */
const LOSSES: readonly Finding['code'][] = ['blob.damaged', 'blob.missing', 'blob.size'];

interface Named {
  findings: Finding[];
  documents: string[];
  labels: string[];
}

export class Owners {
  readonly #named = new Map<Digest, Named>();

  constructor(damage: readonly Finding[]) {
    for (const finding of damage) {
      if (finding.digest === undefined) continue;
      const known = this.#named.get(finding.digest) ?? {findings: [], documents: [], labels: []};
      known.findings.push(finding);
      this.#named.set(finding.digest, known);
    }
  }

  get isEmpty(): boolean {
    return this.#named.size === 0;
  }

  /** @param document undefined for one that cannot be read */
  see(id: string, document: unknown): void {
    for (const {digest, name} of blobsIn(document)) {
      const named = this.#named.get(digest);
      named?.documents.push(id);
      named?.labels.push(name === undefined ? id : `${id} (${name})`);
    }
  }

  /** Changes the findings. */
  tell(): void {
    for (const {findings, documents, labels} of this.#named.values())
      for (const finding of findings) {
        finding.documents = documents;
        if (!LOSSES.includes(finding.code)) continue;
        const owners = labels.length === 0 ? 'no document names it' : `it is named by ${labels.join(', ')}`;
        finding.message += `; ${owners}`;
      }
  }
}
