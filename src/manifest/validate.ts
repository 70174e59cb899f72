/** Documents against their JSON Schemas. What does not validate is never written and never acted upon. */
import type {ErrorObject} from 'ajv';
import {CosmosError} from '../errors.ts';
import {idOf, SCHEMA_IDS, type DocumentKind, type DocumentOf} from './kinds.ts';

interface Validator {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null;
}

/** Each is loaded when it is first needed. */
const VALIDATORS: Record<DocumentKind, () => Promise<{validate: Validator}>> = {
  runs: () => import('./validators/run.gen.ts'),
  prompts: () => import('./validators/prompt.gen.ts'),
  refs: () => import('./validators/ref.gen.ts'),
  pins: () => import('./validators/pin.gen.ts'),
};

/** @throws CosmosError document.invalid, document.newer */
export async function validateDocument<Kind extends DocumentKind>(
  kind: Kind,
  value: unknown,
  where: string,
): Promise<DocumentOf<Kind>> {
  checkVersion(kind, value, where);
  const {validate} = await VALIDATORS[kind]();
  if (validate(value)) {
    const document = value as DocumentOf<Kind>;
    checkPrimaryOutput(document, where);
    return document;
  }
  throw invalid(where, (validate.errors ?? []).filter(isTelling).slice(0, 5).map(describe).join('; '));
}

/** Parses and validates the bytes of a document, whose id or name must be `id` where one is given. @throws CosmosError document.invalid, document.newer */
export async function parseDocument<Kind extends DocumentKind>(
  kind: Kind,
  bytes: Uint8Array,
  where: string,
  id?: string,
): Promise<DocumentOf<Kind>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
  } catch (error) {
    throw invalid(where, bytes.length === 0 ? 'the file is empty' : 'it is not JSON', error);
  }
  const document = await validateDocument(kind, value, where);
  if (id !== undefined && idOf(document) !== id)
    throw invalid(where, `it says that it is "${idOf(document)}"`);
  return document;
}

function checkVersion(kind: DocumentKind, value: unknown, where: string): void {
  const found = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  const known = SCHEMA_IDS[kind];
  if (typeof found !== 'string' || found === known) return;
  const stem = known.replace(/\d+$/, '');
  if (!found.startsWith(stem) || !/^\d+$/.test(found.slice(stem.length))) return;
  throw new CosmosError('document.newer', `${where} has the format ${found}; this cosmos knows ${known}.`, {
    hint: 'Update cosmos. Nothing was changed.',
    facts: {file: where, found, known},
  });
}

function checkPrimaryOutput(document: DocumentOf<DocumentKind>, where: string): void {
  if (!('primaryOutput' in document) || document.primaryOutput === null) return;
  const names = document.outputs.map(({name}) => name);
  if (!names.includes(document.primaryOutput))
    throw invalid(where, `primaryOutput "${document.primaryOutput}" is not among its outputs`);
}

function invalid(where: string, why: string, cause?: unknown): CosmosError {
  return new CosmosError('document.invalid', `${where} is not a valid document: ${why}.`, {
    hint: 'Nothing was changed. Bring the file back from a backup, or move it out of manifests/ to give it up.',
    cause,
    facts: {file: where},
  });
}

/** A failed union reports every branch; the summary lines say nothing that the others do not. */
function isTelling(error: ErrorObject): boolean {
  return error.keyword !== 'oneOf' && error.keyword !== 'if';
}

function describe(error: ErrorObject): string {
  return `${error.instancePath === '' ? 'the document' : error.instancePath} ${error.message ?? 'is wrong'}`;
}
