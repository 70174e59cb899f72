/**
 * Kills an operation before every system call that it makes on the workspace, or lets that call fail as a broken or full disk
 * does. After each fault, what was acknowledged has to be there, nothing half-made may be visible, everything that documents
 * name has to be whole, and the same operation has to succeed when it is given again. Who is not killed says what happened.
 */
import assert from 'node:assert/strict';
import {cp, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {isDigest} from '../../src/cas/digest.ts';
import {listStrays} from '../../src/cas/local/list.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {openWorkspace} from '../../src/workspace/workspace.ts';
import {verify} from '../../src/workspace/verify/verify.ts';
import {cosmos} from '../support/cli.ts';
import {cosmosFaultedAt, listCalls, type Fault, type Faulted} from '../support/strace.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {makeBase, type Operation} from './operations.ts';

/**
 * The calls by which anything of a workspace changes. Threads wake each other by write(2), so that its calls cannot be counted:
 * what is half-written is seen before the file is closed, and a disk that is really full is in test/cli/disk.test.ts.
 */
const CHANGES = ['pwrite64', 'fsync', 'fdatasync', 'link', 'rename', 'unlink', 'mkdir', 'rmdir'];

export interface FaultKind {
  name: string;
  error?: string;
  syscalls: readonly string[];
}

export const FAULTS: readonly FaultKind[] = [
  {name: 'killed before', syscalls: ['close', ...CHANGES]},
  {name: 'EIO from', error: 'EIO', syscalls: CHANGES},
  {name: 'ENOSPC from', error: 'ENOSPC', syscalls: CHANGES.filter((name) => !/^(unlink|rmdir)$/.test(name))},
];

export interface Row {
  operation: string;
  fault: string;
  syscall: string;
  /** Calls at which the fault came. */
  points: number;
  /** How often LMDB ended the process by a signal, instead of telling of a page that the disk refused. */
  died: number;
  /** Blobs that had been acknowledged by then, before the operation or in it, at all points together; each was read. */
  acknowledged: number;
}

/** @param stride every so many calls; 1 for all @throws at the first thing that is lost, half-made or not done when given again */
export async function sweep(operation: Operation, fault: FaultKind, stride = 1): Promise<Row[]> {
  const place = await temporaryFolder('crash');
  const cwd = join(place, 'films');
  const base = join(place, 'base');
  const runs = await makeBase(cwd, operation);
  await cp(cwd, base, {recursive: true, preserveTimestamps: true});
  const point = new CrashPoint(operation, {cwd, base, runs});
  await point.check();
  await point.restore();
  const rows: Row[] = [];
  for (const [syscall, numbers] of await listCalls(point.args, cwd, fault.syscalls)) {
    const row: Row = {
      operation: operation.name,
      fault: fault.name,
      syscall,
      points: 0,
      died: 0,
      acknowledged: 0,
    };
    for (const when of numbers.filter((_, index) => index % stride === 0)) {
      const {isHit, hasDied, acknowledged} = await point.check({syscall, when, error: fault.error});
      if (!isHit) continue;
      row.points += 1;
      if (hasDied) row.died += 1;
      row.acknowledged += acknowledged;
    }
    if (row.points > 0) rows.push(row);
  }
  return rows;
}

/** A workspace, and the runs that it held before the operation. */
export interface Place {
  cwd: string;
  runs: readonly RunDocument[];
}

/** lmdb 3.5.6 frees what it has not made where the first pages of a new catalog cannot be written, and at other refused pages. */
const DEATHS: ReadonlySet<NodeJS.Signals | null> = new Set<NodeJS.Signals>(['SIGSEGV', 'SIGABRT']);

class CrashPoint {
  readonly args: readonly string[];
  readonly #operation: Operation;
  readonly #place: Place & {base: string};

  constructor(operation: Operation, place: Place & {base: string}) {
    this.#operation = operation;
    this.#place = place;
    this.args = operation.args.map((word) => word.replace('{0}', place.runs[0]?.id ?? ''));
  }

  async restore(): Promise<void> {
    const {cwd, base} = this.#place;
    await rm(cwd, {recursive: true, force: true});
    await cp(base, cwd, {recursive: true, preserveTimestamps: true});
  }

  /** One fault, or none, and everything that has to hold afterwards. */
  async check(fault?: Fault): Promise<{isHit: boolean; hasDied: boolean; acknowledged: number}> {
    const {cwd} = this.#place;
    await this.restore();
    const ended = fault
      ? await cosmosFaultedAt(this.args, cwd, fault)
      : {...(await cosmos(this.args, {cwd})), isHit: false, isStuck: false};
    const hasDied = fault?.error !== undefined && fault.syscall === 'pwrite64' && DEATHS.has(ended.signal);
    try {
      if (!hasDied && (!fault || fault.error !== undefined)) this.#assertSaid(ended);
      const acknowledged = await assertWhole(this.#operation, this.#place, ended.stdout);
      await this.#operation.look?.(cwd);
      const again = await cosmos(this.args, {cwd});
      assert.ok(
        this.#mayEnd(again.code, again.stderr),
        `${String(again.code)} ${again.stderr}${again.stdout}`,
      );
      await assertWhole(this.#operation, this.#place, ended.stdout);
      await this.#operation.look?.(cwd);
      assert.deepEqual(await leftBeside(cwd), []);
      return {isHit: ended.isHit, hasDied, acknowledged};
    } catch (error) {
      const where = fault
        ? `${fault.error ?? 'killed'} at ${fault.syscall} ${fault.when}`
        : 'without a fault';
      const said = `${this.#operation.name}, ${where}: exit ${String(ended.code)}\n${ended.stdout}${ended.stderr}`;
      throw new Error(`${said}\n${error instanceof Error ? error.message : String(error)}`, {cause: error});
    }
  }

  /** Done, and said so, or an error that says who has to do what. */
  #assertSaid({code, signal, isStuck, stdout, stderr}: Omit<Faulted, 'isHit' | 'calls'>): void {
    const {codes = [0], done} = this.#operation;
    assert.ok(!isStuck, 'it hangs');
    assert.equal(signal, null);
    assert.doesNotMatch(stderr, /^ {4}at /m);
    if (codes.includes(code ?? -1) && done.test(stdout)) return;
    assert.notEqual(code, 0, 'success was said, and nothing done');
    assert.match(stderr, /docs\/errors\.md/);
  }

  /** Given again, it succeeds; what is done already may be said to be. */
  #mayEnd(code: number | null, stderr: string): boolean {
    const {codes = [0], removes, name} = this.#operation;
    if (codes.includes(code ?? -1)) return true;
    if (name.startsWith('verify')) return code === 0 || code === 12;
    return removes !== undefined && /id\.unknown|usage\.invalid/.test(stderr);
  }
}

/** By the documents and by every byte, as somebody sees it who opens the workspace now. */
export async function assertWhole(
  {removes, breaks}: Operation,
  {cwd, runs}: Place,
  stdout: string,
): Promise<number> {
  const gone = new Set(removes?.(runs) ?? []);
  const broken = new Set(breaks?.(runs) ?? []);
  const workspace = await openWorkspace(cwd, {actor: 'test'});
  try {
    const report = await verify(workspace, {isDeep: true, isStrict: false, workers: 1});
    const unexpected = report.damage.filter(({digest}) => digest === undefined || !broken.has(digest));
    assert.deepEqual(unexpected, []);
    assert.deepEqual(await listStrays(workspace.store.context.paths), []);
    for (const {id} of runs) assert.ok(gone.has(id) || workspace.index.has('runs', id), `${id} is gone`);
    assert.ok(workspace.index.has('refs', 'kept'));
    const said = Array.from(stdout.matchAll(/^sha256:[0-9a-f]{64}/gm), ([digest]) => digest);
    for (const digest of said)
      assert.ok(isDigest(digest) && workspace.index.isReferenced(digest), `${digest} was acknowledged`);
    // Verify has read every byte of these.
    return Array.from(workspace.index.listReferences()).length;
  } finally {
    await workspace.close();
  }
}

/** What an export that was broken off has left beside its folder. */
async function leftBeside(cwd: string): Promise<string[]> {
  return (await readdir(cwd)).filter((name) => name.endsWith('.part'));
}

export function renderRows(rows: readonly Row[]): string {
  const total = (key: 'points' | 'died' | 'acknowledged'): number =>
    rows.reduce((sum, row) => sum + row[key], 0);
  return [
    '| operation | fault | points | ended by LMDB | acknowledged | lost |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      ({operation, fault, syscall, points, died, acknowledged}) =>
        `| ${operation} | ${fault} ${syscall} | ${points} | ${died} | ${acknowledged} | 0 |`,
    ),
    `| all | | ${total('points')} | ${total('died')} | ${total('acknowledged')} | 0 |`,
  ].join('\n');
}
