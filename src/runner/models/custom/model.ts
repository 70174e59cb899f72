/** A model as cosmos.toml describes it, in the words of the runner. The workspace makes it from the settings. */
import type {JobPlan} from '../../model.ts';

export type Mount = NonNullable<JobPlan['mounts']>[number];

export interface CustomModel {
  name: string;
  /** Places: {inputs.NAME}, {outputs}, {spec}, {job}, {parameters.NAME}, {workspace}, and those of the target. */
  argv: readonly [string, ...string[]];
  /** Names of the inputs that must be given. */
  inputs: readonly string[];
  outputs: readonly {name: string; role: string; mediaType: string; isPrimary: boolean}[];
  /** Path of a JSON Schema of the parameters, absolute. */
  schema: string | null;
  /** Names of environment variables that are passed on. */
  environment: readonly string[];
  timeoutMs: number | null;
  /** What {workspace} stands for. */
  workspace: string;
  /** A template; null: the job's folder. */
  workdir: string | null;
  /** Null: the target's. */
  image: string | null;
  /** Templates on both sides. */
  mounts: readonly Mount[];
  gpus: number;
}

/** Places that a target fills with what is configured for it. */
export const TARGET_PLACES = ['checkout', 'checkpoints', 'hfCache'] as const;

/** Everything of a model that has places, by the key that a person knows it by. */
export function templatesOf(model: CustomModel): {key: string; templates: readonly string[]}[] {
  return [
    {key: 'argv', templates: model.argv},
    {key: 'workdir', templates: model.workdir === null ? [] : [model.workdir]},
    {key: 'mounts', templates: model.mounts.flatMap(({source, target}) => [source, target])},
  ];
}
