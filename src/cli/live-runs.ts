/**
 * The runs of a workspace as they are now: rows from the index, progress from the logs, and every unfinished run carried
 * on while anybody looks. Feeds the dashboard and the printed table.
 */
import {CosmosError} from '../errors.ts';
import type {RunSummary} from '../manifest/index/derive.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {DocumentIndex} from '../manifest/index/document-index.ts';
import {newestProof} from '../manifest/sightings.ts';
import {ENDED_STATUSES} from '../manifest/run-status.ts';
import {readAll} from '../cas/verified-read.ts';
import {take} from '../platform/take.ts';
import {sleep} from '../platform/clock.ts';
import {sharedSignal} from '../platform/shared-signal.ts';
import {requestCancel} from '../runner/cancel.ts';
import type {RunnerContext} from '../runner/context.ts';
import {drive, isUnreachable, type DriveOptions} from '../runner/drive.ts';
import {readLive, type LiveView} from '../runner/progress.ts';
import {isHeldElsewhere, lossOf} from '../runner/reconcile.ts';
import {isTerminal} from '../runner/transitions.ts';
import {Outlook} from '../workspace/outlook.ts';
import type {DashboardRow, DashboardSource, DashboardState} from '../views/status/source.ts';

/** Ended runs that are shown beside the active ones. */
const ENDED_SHOWN = 50;
/** Twice a second looks live and costs a few file reads. */
const REFRESH_MS = 500;
/** Of an ended run's log, the lines that can be scrolled. */
const LOG_LINES = 2000;
/** What lies on this machine answers well within it; a target far away may answer in a later round. */
const LOOK_MS = 300;
const NOTHING_SEEN: LiveView = {progress: undefined, logTail: []};
/** A run that another process drives may be free when that process has left. */
const RETRY_MS = 2000;

export class LiveRuns implements DashboardSource {
  readonly #context: RunnerContext;
  readonly #outlook: Outlook;
  readonly #listeners = new Set<() => void>();
  readonly #driven = new Map<string, Promise<void>>();
  readonly #lookedAfter = new Set<string>();
  readonly #elsewhere = new Set<string>();
  readonly #seen = new Map<string, RunDocument>();
  /** Runs that cannot be carried on now, and why. */
  readonly #troubles = new Map<string, Trouble>();
  readonly #views = new Map<string, LiveView>();
  readonly #looks = new Map<string, Promise<void>>();
  /** The log that was shown last: it is read and verified once. */
  #endedLog: {digest: string; lines: readonly string[]} = {digest: '', lines: []};
  /** Aborted with the reason when no run can be carried on any more. */
  readonly #lost = new AbortController();
  #selected: string | undefined;
  #state: DashboardState = {rows: [], detail: undefined};

  constructor(context: RunnerContext) {
    this.#context = context;
    this.#outlook = new Outlook(context);
  }

  read(): DashboardState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setSelected(id: string): void {
    this.#selected = id;
    void this.refresh();
  }

  async cancel(id: string): Promise<void> {
    await requestCancel(this.#context, id);
    await this.refresh();
  }

  /** Looks until the signal; then every run is let go, and goes on. @throws CosmosError of a disk or catalog that failed */
  async watch(stop: AbortSignal): Promise<void> {
    const signal = sharedSignal(AbortSignal.any([stop, this.#lost.signal]));
    while (!signal.aborted) {
      await this.refresh();
      this.#driveNew(signal);
      await sleep(REFRESH_MS, signal);
    }
    await Promise.all(this.#driven.values());
    this.#lost.signal.throwIfAborted();
  }

  /**
   * Carries every run on until the signal, or until nothing is left to do. The patient wait for jobs to end and for
   * targets to come back; others let a run go when there is nothing to do but wait, or its target does not answer.
   * @throws CosmosError of a disk or catalog that failed
   */
  async settle(stop: AbortSignal, {isPatient}: {isPatient: boolean}): Promise<void> {
    const signal = sharedSignal(AbortSignal.any([stop, this.#lost.signal]));
    this.#driveNew(signal, isPatient);
    const isDone = (): boolean =>
      isPatient ? this.#context.index.listActiveRuns().length === 0 : this.#driven.size === 0;
    while (!signal.aborted && !isDone()) {
      await atMost(RETRY_MS, Promise.race(this.#driven.values()), signal);
      this.#driveNew(signal, isPatient);
    }
    if (signal.aborted) await this.#hangUp();
    await Promise.all(this.#driven.values());
    this.#lost.signal.throwIfAborted();
    await this.refresh();
  }

  /** A target that has not answered in all the time is not waited for; what others are at is finished. */
  async #hangUp(): Promise<void> {
    const heard = new Set([...this.#seen.values()].map(({execution}) => execution.target));
    for (const id of this.#driven.keys()) {
      const run = await this.#context.documents.read('runs', id);
      if (heard.has(run.execution.target)) continue;
      if (!this.#troubles.has(id)) this.#troubles.set(id, SILENCE);
      await (await this.#context.targetOf(run)).close();
    }
  }

  /** Rows from the documents, and what was last seen of the jobs; never waits for a target that does not answer. */
  async refresh({isOffline = false} = {}): Promise<void> {
    const {index} = this.#context;
    const summaries = index.listActiveRuns();
    const reachable = summaries.filter(({id}) => !this.#troubles.has(id));
    if (!isOffline) await this.#lookAll(reachable.map(({id}) => id));
    const active = summaries.map((summary) => this.#activeRow(summary));
    const ended = newestEnded(index).map((summary): DashboardRow => ({summary, stage: summary.status}));
    const rows = [...active, ...ended];
    this.#state = {...this.#state, rows, counts: index.countByStatus(), detail: await this.#readDetail(rows)};
    for (const listener of this.#listeners) listener();
  }

  #activeRow(summary: RunSummary): DashboardRow {
    const run = this.#seen.get(summary.id);
    // Whoever drives the run notes it, here or elsewhere.
    const sighting = this.#context.sightings.of(summary.id);
    const {progress, share} = this.#views.get(summary.id) ?? NOTHING_SEEN;
    const stage = summary.isCancelRequested ? 'stopping' : (progress?.phase ?? summary.status);
    const trouble = this.#troubles.get(summary.id);
    return {
      summary,
      stage: trouble?.isUnreachable === true || sighting?.unreachable ? 'unreachable' : stage,
      trouble: trouble?.reason,
      progress,
      timeLeft: this.#outlook.timeLeft(summary.id, share),
      stall: this.#outlook.stall(summary.id),
      lastProofAt: newestProof(run?.execution.lastProofAt, sighting),
      unreachableSince: sighting?.unreachable?.since,
      isDrivenElsewhere: this.#elsewhere.has(summary.id),
    };
  }

  async #readDetail(rows: readonly DashboardRow[]): Promise<DashboardState['detail']> {
    const id = this.#selected ?? rows[0]?.summary.id;
    if (id === undefined) return undefined;
    const run = await this.#context.documents.read('runs', id).catch(() => undefined);
    const row = rows.find(({summary}) => summary.id === id);
    return {
      id,
      run,
      timeLeft: row?.timeLeft,
      stall: row?.stall,
      logTail: run ? await this.#logTail(run) : [],
    };
  }

  async #logTail(run: RunDocument): Promise<readonly string[]> {
    if (!isTerminal(run.status)) return (this.#views.get(run.id) ?? NOTHING_SEEN).logTail;
    if (!run.log) return [];
    if (this.#endedLog.digest !== run.log.digest) {
      const bytes = await readAll(this.#context.store.fetch(run.log));
      const lines = bytes.toString('utf8').split(/\r?\n|\r/);
      this.#endedLog = {digest: run.log.digest, lines: lines.filter((line) => line !== '').slice(-LOG_LINES)};
    }
    return this.#endedLog.lines;
  }

  /** One look at each job at a time; those that take long go on by themselves. */
  async #lookAll(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (this.#looks.has(id)) continue;
      this.#looks.set(
        id,
        this.#look(id).finally(() => this.#looks.delete(id)),
      );
    }
    await atMost(LOOK_MS, Promise.all(ids.flatMap((id) => this.#looks.get(id) ?? [])));
  }

  /** Never rejects: the drive of the run says what is wrong with its target. */
  async #look(id: string): Promise<void> {
    try {
      const run = await this.#context.documents.read('runs', id);
      this.#views.set(id, await readLive(this.#context, run));
    } catch {
      return;
    }
  }

  /** The impatient look after each run once. */
  #driveNew(signal: AbortSignal, isPatient = true): void {
    for (const {id} of this.#context.index.listActiveRuns()) {
      if (this.#driven.has(id) || (!isPatient && this.#lookedAfter.has(id))) continue;
      this.#lookedAfter.add(id);
      this.#driven.set(id, this.#drive(id, signal, isPatient));
    }
  }

  /** Never rejects: what is wrong with one run must not hide the others. */
  async #drive(id: string, signal: AbortSignal, isPatient: boolean): Promise<void> {
    const tell = (error: unknown): void => this.#tell(id, error, signal.aborted);
    const patience: DriveOptions = isPatient ? {onUnreachable: tell} : {until: (_, {hasMoved}) => !hasMoved};
    try {
      await drive(this.#context, id, {
        ...patience,
        signal,
        onRound: (run) => {
          this.#seen.set(id, run);
          this.#troubles.delete(id);
        },
      });
      this.#elsewhere.delete(id);
    } catch (error) {
      const loss = lossOf(this.#context, error);
      if (loss !== undefined) this.#lost.abort(loss);
      else if (isHeldElsewhere(error)) this.#elsewhere.add(id);
      else tell(error);
      if (isPatient) await sleep(RETRY_MS, signal);
    } finally {
      this.#driven.delete(id);
    }
  }

  /** `hasHungUp`: the error only comes of not waiting any longer, and the reason is known. */
  #tell(id: string, error: unknown, hasHungUp: boolean): void {
    if (hasHungUp && this.#troubles.has(id)) return;
    const message = error instanceof Error ? error.message : String(error);
    const isAway = isUnreachable(error);
    // What to do about silence is nothing.
    const reason = error instanceof CosmosError && !isAway ? textOf(error) : message;
    this.#troubles.set(id, {reason, isUnreachable: isAway});
    this.#state = {...this.#state, message};
  }
}

interface Trouble {
  reason: string;
  isUnreachable: boolean;
}

/** Of a target that nothing was heard of in all the time. */
const SILENCE: Trouble = {reason: 'no answer yet.', isUnreachable: true};

function textOf({message, hint}: CosmosError): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

/** Waits for the work, or for so long; leaves no timer behind that would keep the process from its end. */
async function atMost(ms: number, work: Promise<unknown>, signal?: AbortSignal): Promise<void> {
  const enough = new AbortController();
  const end = signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]);
  await Promise.race([work, sleep(ms, end)]);
  enough.abort();
}

function newestEnded(index: DocumentIndex): RunSummary[] {
  const ended = ENDED_STATUSES.flatMap((status) => take(index.listRunsIn(status), ENDED_SHOWN));
  return ended.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt)).slice(0, ENDED_SHOWN);
}
