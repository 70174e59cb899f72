/** What the rest of cosmos sees of the settings: every value filled in, and where each one comes from. */
import type {
  EnhanceTable,
  GcTable,
  LocalTable,
  ModelOutputTable,
  ModelTable,
  RunTable,
  TargetTable,
  VerifyTable,
  ViewsTable,
} from './settings.gen.ts';
import type {Plain} from './toml/data.ts';

/** Settings after all layers; only what has no default may be missing. */
export interface Settings {
  run: Required<RunTable>;
  views: Required<ViewsTable>;
  gc: Required<GcTable>;
  /** `workers` missing: one for each core. */
  verify: VerifyTable;
  /** What is missing has no default. */
  local: LocalTable;
  /** The table `[models.enhance]`. `endpoint`, `model` and `keyEnv` have no default. */
  enhance: EnhanceSettings;
  /** By name; a table without prototype, so that only configured names are found. */
  models: Record<string, CustomModel>;
  /** By name, as above. */
  targets: Record<string, TargetSettings>;
}

export type EnhanceSettings = EnhanceTable & Required<Pick<EnhanceTable, 'frames' | 'frameSize' | 'timeout'>>;

/** A target of cosmos.toml with its defaults. */
export type TargetSettings = TargetTable &
  Required<Pick<TargetTable, 'root' | 'launcher' | 'runtime' | 'shm' | 'ipc' | 'currency'>>;

/** A model of cosmos.toml. `schema` is an absolute path. */
export interface CustomModel extends Omit<ModelTable, 'inputs' | 'outputs'> {
  inputs: string[];
  /** At least one; exactly one is primary. */
  outputs: Required<ModelOutputTable>[];
}

export type LayerName = 'flag' | 'environment' | 'workspace' | 'user' | 'default';

/** Where a value comes from. */
export interface Origin {
  layer: LayerName;
  file?: string;
  /** From 1. */
  line?: number;
  /** Name of the environment variable. */
  variable?: string;
}

export interface SettingEntry {
  key: string;
  /** Undefined for a key that is not set and has no default. */
  value: Plain | undefined;
  origin: Origin;
}

export interface LoadedSettings {
  settings: Settings;
  /** Where a key's value comes from: `gc.grace`, `models.NAME` or `models.NAME.argv`. Throws config.invalid for an unknown key. */
  origin(key: string): Origin;
  /** Every fixed key in the order of the schema, then the keys of every model and target. */
  entries(): SettingEntry[];
}

/** Where settings may come from; a source that is left out is empty. */
export interface SettingsSources {
  /** Values by dotted key, already parsed; undefined ones are ignored. */
  flags?: Readonly<Record<string, unknown>>;
  env?: Readonly<Record<string, string | undefined>>;
  /** Path of the workspace's cosmos.toml; it need not exist. */
  workspaceFile?: string;
  /** Path of the user's file (see userSettingsFile); it need not exist. */
  userFile?: string;
}
