/** The runner of a workspace: which targets and models there are, and what happens when a run has ended. */
import {CosmosError} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {RunnerContext} from '../runner/context.ts';
import type {Model} from '../runner/model.ts';
import {endedCustomModel, makeCustomModel} from '../runner/models/custom/adapter.ts';
import {preview} from '../runner/models/preview/adapter.ts';
import {makeLocalTarget} from '../runner/targets/local.ts';
import {ensureView} from '../runner/view.ts';
import {parseDuration} from './settings/duration.ts';
import {findNearest} from './settings/nearest.ts';
import type {CustomModel, Settings} from './settings/types.ts';
import type {Workspace} from './workspace.ts';

export interface RunnerOptions {
  actor: string;
  /** Told what went wrong after a run had ended well, such as a view that could not be made. */
  onTrouble: (message: string) => void;
}

export function makeRunner(workspace: Workspace, options: RunnerOptions): RunnerContext {
  const {store, documents, index, leases, journal, now, localTarget} = workspace;
  const local = makeLocalTarget(localTarget, store, now);
  return {
    store,
    documents,
    index,
    leases,
    journal,
    now,
    actor: options.actor,
    targetOf: (run) => {
      if (run.execution.target === local.name) return local;
      throw unknownTarget(run);
    },
    modelOf: (run) => (run.kind === 'preview' ? preview : endedCustomModel),
    onEnded: async (run) => {
      try {
        const {settings} = await workspace.settings();
        if (settings.views.auto) await ensureView(store, run, workspace.outputs, settings.views.mode);
      } catch (error) {
        options.onTrouble(
          `the view of ${run.id} could not be made: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    },
  };
}

/** A model by the name that a person gave. @throws CosmosError usage.invalid */
export function findModel(name: string, settings: Settings, workspace: string): Model {
  if (name === 'preview') return preview;
  const custom = settings.models[name];
  if (custom) return makeCustomModel(toRunnerModel(name, custom, workspace));
  const known = ['preview', ...Object.keys(settings.models)];
  const nearest = findNearest(name, known);
  throw new CosmosError(
    'usage.invalid',
    `There is no model "${name}"${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}.`,
    {
      hint: `Models of this workspace: ${known.join(', ')}. Describe another one under [models.${name}] in cosmos.toml; docs/configuration.md shows how.`,
      facts: {model: name, known},
    },
  );
}

function toRunnerModel(
  name: string,
  model: CustomModel,
  workspace: string,
): Parameters<typeof makeCustomModel>[0] {
  const [program, ...rest] = model.argv;
  if (program === undefined) throw new Error(`the model ${name} passed validation without a program`);
  const timeoutMs = model.timeout === undefined ? 0 : parseDuration(model.timeout);
  return {
    name,
    argv: [program, ...rest],
    inputs: model.inputs,
    outputs: model.outputs.map(({name: file, role, mediaType, primary}) => ({
      name: file,
      role,
      mediaType,
      isPrimary: primary,
    })),
    schema: model.schema ?? null,
    environment: model.env ?? [],
    timeoutMs: timeoutMs > 0 ? timeoutMs : null,
    workspace,
  };
}

function unknownTarget(run: RunDocument): CosmosError {
  return new CosmosError(
    'config.invalid',
    `The run ${run.id} belongs to the target "${run.execution.target}", which this cosmos does not know.`,
    {
      hint: 'Use the version of cosmos that started it.',
      facts: {run: run.id, target: run.execution.target},
    },
  );
}
