/**
 * The job protocol as files: what a client writes for a supervisor to run, and what the supervisor writes back. Readers are
 * strict, because a half-understood job must not run and a half-read record must not count as an end; unknown members are
 * left alone. Light to load: a supervisor imports it.
 */
import {CosmosError} from '../errors.ts';
import type {ProcessIdentity} from '../platform/process-identity.ts';
import {isProcessIdentity} from '../platform/process-identity.ts';
import {isObject} from './json.ts';

export const JOB_SCHEMA = 'cosmos/job/v1';
export const EXIT_SCHEMA = 'cosmos/exit/v1';

export interface JobInput {
  /** Path below inputs/, with `/`. */
  name: string;
  /** `sha256:<hex>`. */
  digest: string;
  size: number;
}

export interface JobOutput {
  /** Path below outputs/, with `/`. */
  name: string;
  role: string;
  mediaType: string;
  /** The run that this output belongs to. */
  run: string;
  isRequired: boolean;
}

/** A folder of the target that a container sees. */
export interface JobMount {
  /** Absolute path on the target. */
  source: string;
  /** Absolute path inside the container. */
  target: string;
  isReadOnly: boolean;
}

/** A job that runs inside a container; its folder is mounted there at its own path. */
export interface JobContainer {
  /** The command of the runtime, such as `["docker"]` or `["sudo", "-n", "docker"]`. */
  runtime: string[];
  image: string;
  mounts: JobMount[];
  /** Such as `64g`: a container that wants more is ended by the kernel. Absent or null for no limit. */
  memory?: string | null;
  /** Such as `8g`; null for the runtime's default. */
  shm: string | null;
  /** Such as `host`; null for the runtime's default. */
  ipc: string | null;
}

/** job.json: one attempt at a job. */
export interface Job {
  schema: typeof JOB_SCHEMA;
  id: string;
  attempt: number;
  /** Program and arguments; never a shell line. Runs in the job folder. */
  argv: string[];
  /** Names of environment variables that the job sees besides the basic ones; values never lie in a file. */
  env: string[];
  /** Variables whose values are no secrets, such as search paths. Absent in jobs of earlier versions. */
  variables?: Record<string, string>;
  /** Where the program starts, absolute; absent or null: the job's folder. */
  workdir?: string | null;
  /** Absent or null: the program runs on the target itself. */
  container?: JobContainer | null;
  /** How many GPUs the job needs; 0 or absent when it takes no slot. */
  gpus?: number;
  /** Jobs below the same root that must have ended before this one starts; those that are not there have. */
  after?: string[];
  inputs: JobInput[];
  outputs: JobOutput[];
  limits: {
    /** From the start of the program; null for no limit. */
    timeoutMs: number | null;
    /** Between the polite request to stop and the end by force. */
    stopGraceMs: number;
  };
}

/**
 * Why an attempt ended. `cancel` and `timeout`: the supervisor stopped it (or kept it from starting) for that reason;
 * `signal`: it died by a signal that the supervisor did not send; `no-space`: the disk was too full to record or to
 * list outputs; `inputs`: job.json or an input was not what was announced; `lost`: it is gone and nobody saw its end.
 */
export const EXIT_REASONS = ['exit', 'signal', 'cancel', 'timeout', 'no-space', 'inputs', 'lost'] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

/** exit.json: the end of an attempt. Everything of the job was gone before it was written. */
export interface ExitRecord {
  schema: typeof EXIT_SCHEMA;
  attempt: number;
  /** Whether the job's program was started at all; true also when nobody can tell. */
  isStarted: boolean;
  rc: number | null;
  signal: string | null;
  reason: ExitReason;
  /** ISO time; null when the program was not started. */
  startedAt: string | null;
  endedAt: string;
  /** True with proof that the kernel ended a process of the container for want of memory. */
  lacksMemory?: boolean;
  /** How long nothing was heard of the job at most: neither from its log nor from its GPUs. Absent in records of earlier versions. */
  longestSilenceMs?: number | null;
  /** SHA256SUMS as it was written; null when there is none. */
  sums: {digest: string; size: number; lines: number} | null;
  /** Outputs that are not in SHA256SUMS, and never will be. Escaped as inside a JSON string: safe to print. */
  refused: string[];
  /** Outputs whose size or time changed while they were hashed; they were hashed again. */
  changed: string[];
  /** How many more names `refused` and `changed` would hold, had the reserved space been larger. */
  omitted: number;
}

/** state/started.json, and supervisor.<k>.json of those that adopted the attempt later. */
export interface StartedRecord {
  attempt: number;
  supervisor: ProcessIdentity;
  at: string;
}

/** @throws CosmosError document.invalid for anything that is no job, document.newer for one of a later version. */
export function parseJob(text: string): Job {
  const value = parseObject(text, 'job.json');
  expectSchema(value, JOB_SCHEMA, 'job.json');
  if (!isJob(value)) throw invalid('job.json', 'is not a complete job');
  return value;
}

/** @throws CosmosError document.invalid for anything that is no exit record, document.newer for one of a later version. */
export function parseExit(text: string): ExitRecord {
  const value = parseObject(text, 'exit.json');
  expectSchema(value, EXIT_SCHEMA, 'exit.json');
  if (!isExit(value)) throw invalid('exit.json', 'is not a complete exit record');
  return value;
}

/** @throws CosmosError document.invalid */
export function parseStarted(text: string): StartedRecord {
  const value = parseObject(text, 'started.json');
  if (!isStartedRecord(value)) throw invalid('started.json', 'is not a complete record');
  return value;
}

function isJob(value: object): value is Job {
  const {id, attempt, argv, env, inputs, outputs, limits} = value as Record<string, unknown>;
  if (!isText(id) || !isCount(attempt) || attempt < 1) return false;
  if (!isList(argv, isArgument) || !isText(argv[0]) || !isList(env, isText)) return false;
  return isList(inputs, isJobInput) && isList(outputs, isJobOutput) && isLimits(limits);
}

function isJobInput(value: unknown): value is JobInput {
  return isObject(value) && isText(value['name']) && isDigest(value['digest']) && isCount(value['size']);
}

function isJobOutput(value: unknown): value is JobOutput {
  if (!isObject(value) || typeof value['isRequired'] !== 'boolean') return false;
  return ['name', 'role', 'mediaType', 'run'].every((member) => isText(value[member]));
}

function isLimits(value: unknown): value is Job['limits'] {
  if (!isObject(value) || !isCount(value['stopGraceMs'])) return false;
  return value['timeoutMs'] === null || isCount(value['timeoutMs']);
}

function isExit(value: object): value is ExitRecord {
  const record = value as Record<string, unknown>;
  const {attempt, sums, refused, changed, omitted} = record;
  if (!isCount(attempt) || !isEnding(record) || !isSums(sums)) return false;
  return isList(refused, isString) && isList(changed, isString) && isCount(omitted);
}

function isEnding(record: Record<string, unknown>): boolean {
  const {isStarted, rc, signal, reason, startedAt, endedAt, lacksMemory, longestSilenceMs} = record;
  if (typeof isStarted !== 'boolean' || !isText(endedAt)) return false;
  if (!(rc === null || Number.isSafeInteger(rc)) || !(signal === null || isText(signal))) return false;
  if (!(startedAt === null || isText(startedAt))) return false;
  if (lacksMemory !== undefined && typeof lacksMemory !== 'boolean') return false;
  if (!(longestSilenceMs === undefined || longestSilenceMs === null || isCount(longestSilenceMs)))
    return false;
  return EXIT_REASONS.some((known) => known === reason);
}

function isSums(value: unknown): value is ExitRecord['sums'] {
  if (value === null) return true;
  return isObject(value) && isDigest(value['digest']) && isCount(value['size']) && isCount(value['lines']);
}

function isStartedRecord(value: object): value is StartedRecord {
  const {attempt, supervisor, at} = value as Record<string, unknown>;
  return isCount(attempt) && isProcessIdentity(supervisor) && isText(at);
}

function parseObject(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(file, 'is not JSON', error);
  }
  if (!isObject(value)) throw invalid(file, 'is not a JSON object');
  return value;
}

function expectSchema(value: Record<string, unknown>, expected: string, file: string): void {
  const {schema} = value;
  if (schema === expected) return;
  const complaint = `has schema ${JSON.stringify(schema)}, this version reads ${expected}`;
  const family = expected.slice(0, -1);
  if (typeof schema !== 'string' || !schema.startsWith(family) || !/^\d+$/.test(schema.slice(family.length)))
    throw invalid(file, complaint);
  throw new CosmosError('document.newer', `${file} ${complaint}.`, {
    hint: 'A newer cosmos wrote it. Update cosmos here, then run the command again.',
    facts: {file, schema},
  });
}

function invalid(file: string, complaint: string, cause?: unknown): CosmosError {
  return new CosmosError('document.invalid', `${file} ${complaint}.`, {cause, facts: {file}});
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/** Without the NUL that no system call would take. */
function isArgument(value: unknown): value is string {
  return isString(value) && !value.includes('\0');
}

function isText(value: unknown): value is string {
  return isArgument(value) && value !== '';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isDigest(value: unknown): value is string {
  return isString(value) && /^sha256:[0-9a-f]{64}$/.test(value);
}

function isList<T>(value: unknown, isMember: (member: unknown) => member is T): value is T[] {
  return Array.isArray(value) && value.every(isMember);
}
