/** A run for tests of functions that look at few of its members. */
import type {ExitRecord} from '../../src/runner/job.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';

const AT = '2026-01-02T03:04:05.000Z';

export function makeRun(changes: Partial<RunDocument> = {}): RunDocument {
  const base: RunDocument = {
    schema: 'cosmos/run/v1',
    id: `rs_${'0'.repeat(32)}`,
    aliases: [],
    name: null,
    kind: 'custom',
    model: {family: 'custom', name: 'copy', adapterVersion: 1},
    status: 'queued',
    createdAt: AT,
    prompt: null,
    scene: null,
    attempts: [{number: 1, at: AT}],
    parents: [],
    spec: null,
    parameters: {},
    inputs: [],
    outputs: [],
    released: [],
    primaryOutput: null,
    log: null,
    plan: null,
    execution: {target: 'local', launcher: 'process', command: []},
    cancelRequested: null,
    failure: null,
    events: [{seq: 1, at: AT, from: null, to: 'queued', by: 'test', reason: 'asked for'}],
    rating: null,
    tags: [],
    notes: null,
  };
  return {...base, ...changes};
}

/** The record of a job that ended by itself with 0. */
export function makeExit(changes: Partial<ExitRecord> = {}): ExitRecord {
  return {
    schema: 'cosmos/exit/v1',
    attempt: 1,
    isStarted: true,
    rc: 0,
    signal: null,
    reason: 'exit',
    startedAt: AT,
    endedAt: AT,
    sums: null,
    refused: [],
    changed: [],
    omitted: 0,
    ...changes,
  };
}

export const STATUSES = [
  'queued',
  'preparing',
  'uploading',
  'submitted',
  'running',
  'collecting',
  'completed',
  'failed',
  'cancelled',
] as const;
