/** A model as cosmos.toml describes it, in the words of the runner. The workspace makes it from the settings. */
export interface CustomModel {
  name: string;
  /** Places: {inputs.NAME}, {outputs}, {spec}, {job}, {parameters.NAME}, {workspace}. */
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
}
