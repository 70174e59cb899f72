/** The runner of a workspace: which targets and models there are, and what happens when a run has ended. */
import {shortId} from '../manifest/names.ts';
import type {RunnerContext} from '../runner/context.ts';
import {describeNext} from '../runner/next.ts';
import {ensureView} from '../runner/view.ts';
import {makeNext} from './chained.ts';
import {keepEnhanced} from './enhanced.ts';
import {endedModelOf} from './models.ts';
import type {Targets} from './targets.ts';
import {queueThumbnails} from './thumbnails.ts';
import type {Workspace} from './workspace.ts';

export interface RunnerOptions {
  targets: Targets;
  actor: string;
  /** Told what went wrong after the end of a run, such as a view that could not be made. It changes nothing about the run. */
  onTrouble: (message: string) => void;
  /** Told what the end of the command waits for. */
  onWait?: (message: string) => void;
}

export function makeRunner(workspace: Workspace, options: RunnerOptions): RunnerContext {
  const {store, documents, index, leases, journal, sightings, now} = workspace;
  const addThumbnails = queueThumbnails(workspace, options.onTrouble, options.onWait);
  const runner: RunnerContext = {
    store,
    documents,
    index,
    leases,
    journal,
    sightings,
    now,
    actor: options.actor,
    targetOf: (run) => options.targets.of(run),
    renewTarget: (run) => options.targets.renew(run.execution.target),
    modelOf: endedModelOf,
    onCompleting: async (run) => {
      await keepEnhanced(workspace, run);
      const made = await makeNext({workspace, targets: options.targets, runner}, run);
      if (made.next) options.onTrouble(`${shortId(run.id)} is ${describeNext({...run, ...made}) ?? ''}`);
      return made;
    },
    onEnded: async (run) => {
      // Its members show what it made.
      if (run.kind === 'load') return;
      try {
        const {settings} = await workspace.settings();
        if (settings.views.auto) await ensureView(store, run, workspace.outputs, settings.views.mode);
      } catch (error) {
        options.onTrouble(
          `the view of ${run.id} could not be made: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
      addThumbnails(run);
    },
  };
  return runner;
}
