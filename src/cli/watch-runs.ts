/**
 * Every run of a workspace carried on by one process, with an event for each step that anybody takes. For machines that
 * nobody looks at: it ends only when it is told to, or when nothing is left to do.
 */
import {isoTime, sleep} from '../platform/clock.ts';
import {sharedSignal} from '../platform/shared-signal.ts';
import {shortId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {RunnerContext} from '../runner/context.ts';
import {drive} from '../runner/drive.ts';
import {isHeldElsewhere, lossOf} from '../runner/reconcile.ts';
import {describeWaiting} from '../runner/waiting.ts';
import {formatElapsed} from '../views/format.ts';
import {Outlook} from '../workspace/outlook.ts';

export interface WatchEvent {
  at: string;
  run: string;
  target: string;
  /** Null for what is no step, such as a target that does not answer. */
  from: string | null;
  to: string | null;
  reason: string;
  /** Set when the target does not answer; the run goes on. */
  isUnreachable?: true;
  /** Set when nothing is heard of the job for longer than of any before; it goes on. */
  isSilent?: true;
}

export interface WatchOptions {
  signal: AbortSignal;
  onEvent: (event: WatchEvent) => void;
  /** Only these runs. */
  runs?: ReadonlySet<string>;
  /** Only runs on this target. */
  target?: string | undefined;
  /** End when no run is open. */
  isUntilIdle: boolean;
}

type Kind = Pick<WatchEvent, 'isUnreachable' | 'isSilent'>;
const UNREACHABLE = {isUnreachable: true} as const;
const SILENT = {isSilent: true} as const;

/** How often new runs, and those that another process has let go, are looked for. */
const LOOK_MS = 1000;

/** @throws CosmosError of a disk or catalog that failed: no run can be carried on then */
export async function watchRuns(context: RunnerContext, options: WatchOptions): Promise<void> {
  const {runs, target, isUntilIdle} = options;
  const lost = new AbortController();
  const signal = sharedSignal(AbortSignal.any([options.signal, lost.signal]));
  const watches = new Map<string, RunWatch>();
  const outlook = new Outlook(context);
  while (!signal.aborted) {
    const open = context.index
      .listActiveRuns()
      .filter((run) => (target === undefined || run.target === target) && runs?.has(run.id) !== false);
    for (const {id} of open) {
      const watch = watches.get(id) ?? new RunWatch({context, outlook, lost}, id, {...options, signal});
      watches.set(id, watch);
      watch.carryOn();
    }
    for (const [id, watch] of watches) {
      if (open.some((run) => run.id === id)) continue;
      watches.delete(id);
      await watch.end();
    }
    if (isUntilIdle && open.length === 0) break;
    await sleep(LOOK_MS, signal);
  }
  await Promise.all([...watches.values()].map((watch) => watch.end()));
  lost.signal.throwIfAborted();
}

/** One run: carried on where nobody else does, and every step told once, whoever takes it. */
class RunWatch {
  readonly #context: RunnerContext;
  readonly #id: string;
  readonly #options: WatchOptions;
  readonly #outlook: Outlook;
  readonly #lost: AbortController;
  #seen: number | undefined;
  #lastNote = '';
  #isTroubled = false;
  #isSilent = false;
  #work: Promise<void> | undefined;

  constructor(
    {context, outlook, lost}: {context: RunnerContext; outlook: Outlook; lost: AbortController},
    id: string,
    options: WatchOptions,
  ) {
    this.#context = context;
    this.#outlook = outlook;
    this.#lost = lost;
    this.#id = id;
    this.#options = options;
  }

  carryOn(): void {
    this.#work ??= this.#drive().finally(() => (this.#work = undefined));
  }

  /** Waits for what is under way, and tells what others did last. */
  async end(): Promise<void> {
    await this.#work;
    const run = await this.#context.documents.read('runs', this.#id).catch(() => undefined);
    if (run) this.#tell(run);
  }

  /** Never rejects: what is wrong with one run must not stop the others. */
  async #drive(): Promise<void> {
    const {signal} = this.#options;
    let target = '';
    try {
      const run = await this.#context.documents.read('runs', this.#id);
      target = run.execution.target;
      this.#seen ??= run.events.length;
      const onUnreachable = ({message}: Error): void => this.#trouble(message, target, UNREACHABLE);
      await drive(this.#context, this.#id, {signal, onUnreachable, onRound: (round) => this.#hear(round)});
    } catch (error) {
      const loss = lossOf(this.#context, error);
      if (loss !== undefined) {
        this.#lost.abort(loss);
        return;
      }
      const reason = error instanceof Error ? error.message : String(error);
      this.#trouble(isHeldElsewhere(error) ? 'another cosmos process carries it on' : reason, target);
      await sleep(5 * LOOK_MS, signal);
    }
  }

  /** A second silence is news again. */
  #hear(run: RunDocument): void {
    if (this.#isTroubled) this.#note('the run is carried on again', run.execution.target);
    this.#isTroubled = false;
    this.#tell(run);
  }

  #tell(run: RunDocument): void {
    for (const {at, from, to, reason} of run.events.slice(this.#seen ?? 0))
      this.#options.onEvent({at, run: run.id, target: run.execution.target, from, to, reason});
    this.#seen = run.events.length;
    const {waiting} = run.execution;
    if (waiting) this.#note(`waits: ${describeWaiting(waiting)}`, run.execution.target);
    this.#tellSilence(run);
  }

  #trouble(reason: string, target: string, kind?: Kind): void {
    this.#isTroubled = true;
    this.#note(reason, target, kind);
  }

  /** Once when it begins, and once when the job is heard again. */
  #tellSilence({status, execution: {target}}: RunDocument): void {
    const stall = this.#outlook.stall(this.#id);
    const wasSilent = this.#isSilent;
    this.#isSilent = stall !== undefined;
    if (stall)
      this.#note(`may hang: silent for longer than ever (${formatElapsed(stall.longestMs)})`, target, SILENT);
    else if (wasSilent && status === 'running') this.#note('something is heard of the job again', target);
  }

  #note(reason: string, target: string, kind: Kind = {}): void {
    if (reason === this.#lastNote) return;
    this.#lastNote = reason;
    const at = isoTime(this.#context.now());
    this.#options.onEvent({at, run: this.#id, target, from: null, to: null, reason, ...kind});
  }
}

/** One line. */
export function describeEvent({at, run, target, from, to, reason}: WatchEvent): string {
  const time = at.slice(0, 19).replace('T', ' ');
  if (to === null) return `${time}  ${shortId(run)}  ${reason}`;
  return `${time}  ${shortId(run)}  ${target}  ${from ?? 'new'} -> ${to}  ${reason}`;
}
