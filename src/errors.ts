/**
 * The one error that people see. `code` is stable and documented in docs/errors.md; `hint` says who must act and what
 * to do. A mistake in cosmos itself stays a plain Error.
 */

/** Exit codes, documented in docs/errors.md. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  noWorkspace: 10,
  busy: 11,
  integrity: 12,
  unreachable: 13,
  runFailed: 14,
  runCancelled: 15,
  different: 16,
  interrupted: 130,
} as const;

/** Every code with its exit code; how a run or a verify ended is no error and has an exit code only. docs/errors.md lists the same codes; a test compares both. */
export const ERROR_CODES = {
  'blob.damaged': EXIT.integrity,
  'blob.missing': EXIT.integrity,
  'blob.mismatch': EXIT.integrity,
  'catalog.busy': EXIT.busy,
  'catalog.failed': EXIT.integrity,
  'catalog.replaced': EXIT.busy,
  'catalog.unsafe': EXIT.failure,
  'config.invalid': EXIT.usage,
  'document.invalid': EXIT.integrity,
  'document.exists': EXIT.usage,
  'document.missing': EXIT.integrity,
  'document.newer': EXIT.integrity,
  'file.unreadable': EXIT.failure,
  'host.changed': EXIT.unreachable,
  'host.unknown': EXIT.unreachable,
  'id.ambiguous': EXIT.usage,
  'id.unknown': EXIT.usage,
  'input.invalid': EXIT.usage,
  'layout.newer': EXIT.integrity,
  'lease.held': EXIT.busy,
  'lease.lost': EXIT.busy,
  'media.unavailable': EXIT.failure,
  'media.unreadable': EXIT.usage,
  'output.failed': EXIT.failure,
  'program.failed': EXIT.failure,
  'queue.absent': EXIT.usage,
  'store.failed': EXIT.failure,
  'store.full': EXIT.failure,
  'store.mismatch': EXIT.integrity,
  'store.readonly': EXIT.failure,
  'target.failed': EXIT.unreachable,
  'target.full': EXIT.unreachable,
  'target.moved': EXIT.unreachable,
  'target.refused': EXIT.unreachable,
  'target.unreachable': EXIT.unreachable,
  'usage.invalid': EXIT.usage,
  'workspace.exists': EXIT.usage,
  'workspace.missing': EXIT.noWorkspace,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** What the reader should do now; complete sentences. */
  hint?: string;
  cause?: unknown;
  /** Facts for `--json` readers: paths, digests, counts. */
  facts?: Record<string, unknown>;
}

export class CosmosError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly facts: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, {cause: details.cause});
    this.name = 'CosmosError';
    this.code = code;
    this.hint = details.hint;
    this.facts = details.facts ?? {};
  }

  get exitCode(): number {
    return ERROR_CODES[this.code];
  }
}

/** True for errors of Node's file functions, and optionally of one of the given codes. */
export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || error instanceof CosmosError) return false;
  if (!('code' in error) || typeof error.code !== 'string') return false;
  return codes.length === 0 || codes.includes(error.code);
}
