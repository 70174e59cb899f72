/** One step that is broken on purpose, and the tests that may notice. */

export interface Mutation {
  /** What is broken, as a person would say it. */
  what: string;
  /** Below src/. */
  file: string;
  from: string;
  to: string;
  /** Below test/; the first that notices ends it. */
  tests: readonly string[];
}

export const ORDER = 'cli/protocol.test.ts';
export const STORE = [
  'cas/local-store.test.ts',
  'cas/damage.test.ts',
  'cas/group-commit.test.ts',
  'cas/leases.test.ts',
];
export const GC = ['workspace/garbage.test.ts', 'workspace/garbage-races.test.ts'];
export const DOCUMENTS = ['manifest/documents.test.ts', 'manifest/document-index.test.ts'];
export const REPAIR = ['cas/damage.test.ts', 'workspace/repair.test.ts'];
