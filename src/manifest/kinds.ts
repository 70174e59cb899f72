/** The kinds of documents: their folders under manifests/, their schemas, and what names one of them. */
import type {PinDocument, PromptDocument, RefDocument, RunDocument} from './types.gen.ts';

export interface DocumentTypes {
  runs: RunDocument;
  prompts: PromptDocument;
  refs: RefDocument;
  pins: PinDocument;
}

export type DocumentKind = keyof DocumentTypes;
export type DocumentOf<Kind extends DocumentKind> = DocumentTypes[Kind];

export const DOCUMENT_KINDS: readonly DocumentKind[] = ['runs', 'prompts', 'refs', 'pins'];

/** Schema of each kind; the version is the number at the end. */
export const SCHEMA_IDS: Record<DocumentKind, string> = {
  runs: 'cosmos/run/v1',
  prompts: 'cosmos/prompt/v1',
  refs: 'cosmos/ref/v1',
  pins: 'cosmos/pin/v1',
};

/** The id (runs, prompts) or name (refs, pins) of a document; its file name without `.json`. */
export function idOf(document: DocumentOf<DocumentKind>): string {
  return 'id' in document ? document.id : document.name;
}

export function isDocumentKind(text: string): text is DocumentKind {
  return (DOCUMENT_KINDS as readonly string[]).includes(text);
}
