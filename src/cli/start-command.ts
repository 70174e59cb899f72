/** What the commands share that start runs: check, show or start, follow, and say how it ended. */
import {EXIT} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {PlannedRun} from '../runner/create.ts';
import {shortId} from '../manifest/names.ts';
import {describeNext} from '../runner/next.ts';
import {isTerminal} from '../runner/transitions.ts';
import {plural} from '../views/format.ts';
import {renderPlan, renderPlans} from '../views/plan.ts';
import {renderRunList} from '../views/run-list.ts';
import {renderLoad, renderStarted} from '../views/started.ts';
import {prepareBatch, type BatchRequest} from '../workspace/prepare-batch.ts';
import {withEstimates} from '../workspace/durations.ts';
import type {Targets} from '../workspace/targets.ts';
import {withNext, type Prepared} from '../workspace/prepared.ts';
import {prepareRuns, startRun, type StartRequest} from '../workspace/start-run.ts';
import {startRuns} from '../workspace/start-runs.ts';
import type {Workspace} from '../workspace/workspace.ts';
import {lookForUploads} from '../workspace/uploads.ts';
import {followAll, openOf} from './follow-all.ts';
import {followRun} from './follow-run.ts';
import {RunCommand} from './run-command.ts';
import {terminal} from './terminal.ts';
import {describeEvent} from './watch-runs.ts';

export interface StartOptions {
  isDetached: boolean;
  isDryRun: boolean;
}

export abstract class StartCommand extends RunCommand {
  /** One document for one run, a list for several. */
  protected async startAndFollow(
    workspace: Workspace,
    request: StartRequest,
    options: StartOptions,
  ): Promise<RunDocument | RunDocument[] | PlannedRun | PlannedRun[]> {
    const targets = this.makeTargets(workspace);
    return this.#start(
      workspace,
      {targets, prepared: await prepareRuns(workspace, targets, request)},
      options,
    );
  }

  /** Many runs of one batch: a list always. */
  protected async startBatch(
    workspace: Workspace,
    request: BatchRequest,
    options: StartOptions,
  ): Promise<RunDocument | RunDocument[] | PlannedRun | PlannedRun[]> {
    const targets = this.makeTargets(workspace);
    return this.#start(
      workspace,
      {targets, prepared: await prepareBatch(workspace, targets, request)},
      options,
    );
  }

  async #start(
    workspace: Workspace,
    {targets, prepared}: {targets: Targets; prepared: Prepared[]},
    options: StartOptions,
  ): Promise<RunDocument | RunDocument[] | PlannedRun | PlannedRun[]> {
    this.#tellWarnings(prepared);
    if (options.isDryRun) {
      const looked = await lookForUploads(prepared);
      return this.#show(withEstimates(workspace.index, looked));
    }
    const only = prepared.length === 1 ? prepared[0] : undefined;
    const runner = this.makeRunner(workspace, targets);
    if (only) return this.#followOne(workspace, runner, {only, options});
    return this.#followAll(workspace, runner, {prepared, options});
  }

  #show(prepared: readonly Prepared[]): PlannedRun | PlannedRun[] {
    const [only, ...others] = prepared;
    const isOne = only !== undefined && others.length === 0;
    this.print(isOne ? renderPlan(only, terminal()) : renderPlans(prepared, terminal()));
    return isOne && !only.next ? only.planned : withNext(prepared).map(({planned}) => planned);
  }

  async #followOne(
    workspace: Workspace,
    runner: ReturnType<RunCommand['makeRunner']>,
    {only, options}: {only: Prepared; options: StartOptions},
  ): Promise<RunDocument | RunDocument[]> {
    const {run, lease} = await startRun(runner, only);
    this.print(renderStarted(run, only));
    const last = await followRun(runner, run, lease, {
      isDetached: options.isDetached,
      isQuiet: this.jsonEnabled(),
    });
    if (isTerminal(last.status)) await this.reportRun(workspace, last);
    if (!last.next) return last;
    const next = await this.followNext(workspace, runner, {run: last, isDetached: options.isDetached});
    return next ? [last, next] : [last];
  }

  async #followAll(
    workspace: Workspace,
    runner: ReturnType<RunCommand['makeRunner']>,
    {prepared, options}: {prepared: readonly Prepared[]; options: StartOptions},
  ): Promise<RunDocument[]> {
    const {runs: started, shared} = await startRuns(runner, prepared);
    for (const [index, run] of started.entries()) {
      const each = prepared[index];
      if (each) this.print(renderStarted(run, each));
    }
    this.print(shared.map(renderLoad));
    // What makes the results of others is submitted first; it is nobody's result.
    const ids = [...shared, ...started].map(({id}) => id);
    const all = await followAll(runner, ids, {
      isDetached: options.isDetached,
      onEvent: (event) => !this.jsonEnabled() && this.tell(describeEvent(event)),
    });
    const runs = all.slice(shared.length);
    this.#reportAll(workspace, runs, options);
    return runs;
  }

  /** One line for each; the worst end is the exit code. */
  #reportAll({index, now}: Workspace, runs: readonly RunDocument[], options: StartOptions): void {
    const open = openOf(runs);
    const summaries = runs.flatMap(({id}) => index.getRun(id) ?? []);
    this.print(renderRunList(summaries, {...terminal(), now, total: summaries.length}));
    if (runs.some(({status}) => status === 'failed')) this.endWith(EXIT.runFailed);
    else if (runs.some(({status}) => status === 'cancelled')) this.endWith(EXIT.runCancelled);
    else if (runs.some(({next}) => next?.notMade !== undefined)) this.endWith(EXIT.failure);
    for (const run of runs)
      if (run.next && isTerminal(run.status) && !index.has('runs', run.next.run))
        this.tell(`${shortId(run.id)} is ${describeNext(run) ?? ''}`);
    if (open.length === 0) return;
    this.tell(
      `${plural(open.length, 'run')} ${open.length === 1 ? 'goes' : 'go'} on: "cosmos status" brings home what has ended, "cosmos watch" carries all of it on`,
    );
    if (!options.isDetached) this.endWith(EXIT.interrupted);
  }

  /** What is true of all runs is said once. */
  #tellWarnings(prepared: readonly Prepared[]): void {
    const warnings = withNext(prepared).flatMap(({planned, warnings: found}) => [
      ...planned.normal.warnings,
      ...found,
    ]);
    for (const warning of new Set(warnings)) this.tell(`note: ${warning}`);
  }
}
