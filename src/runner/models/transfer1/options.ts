/**
 * What goes to Transfer1's command line and not into its spec: GPUs, port and switches, from `--set` or from a spec file
 * (Transfer1 takes every option from there too). The command line wins over the spec when both name an option.
 */
import {onlyKeys, type Json} from '../../json.ts';
import {readOptions} from '../nvidia/options.ts';
import type {ParameterTable} from '../parameters.ts';
import {OPTION_KEYS, SWITCHES} from './parameters.ts';

export interface LaunchOptions {
  /** All of them, under the names that --set takes. */
  parameters: Json;
  gpus: number;
  /** Null: torchrun's own. Two jobs outside of containers on one machine need two. */
  masterPort: number | null;
  /** Switches that are on, without dashes. */
  switches: string[];
}

/** Options of transfer.py that this adapter decides; a spec file's own values would break the run or waste it. */
const OWNED = [
  'controlnet_specs',
  'checkpoint_dir',
  'tokenizer_dir',
  'video_save_name',
  'video_save_folder',
  'batch_size',
  'num_input_frames',
  'is_av_sample',
  'benchmark',
];

export interface Separated {
  /** Without anything that belongs on the command line. */
  spec: Json;
  options: LaunchOptions;
  findings: string[];
  warnings: string[];
}

/** Takes the options out of a spec. */
export function separateOptions(merged: Json, table: ParameterTable): Separated {
  const findings: string[] = [];
  const keys = table.parameters.map(({key}) => key);
  const owned = OWNED.filter((key) => !keys.includes(key));
  const isElsewhere = (key: string): boolean => keys.includes(key) && OPTION_KEYS.includes(key);
  const spec = onlyKeys(
    merged,
    (key) => !isElsewhere(key) && !owned.includes(key) && key !== 'batch_input_path',
  );
  if (merged['batch_input_path'] !== undefined)
    findings.push('"batch_input_path" is for batches; this is a single run');
  const warnings = owned
    .filter((key) => merged[key] !== undefined)
    .map((key) => `"${key}" is decided by cosmos; what the spec says of it was left out`);
  return {spec, options: readLaunch(merged, table, findings), findings, warnings};
}

/** From a spec, or from the parameters of a run. What is wrong goes to `findings`. */
export function readLaunch(merged: Json, table: ParameterTable, findings: string[] = []): LaunchOptions {
  const options = readOptions(table, merged, findings);
  const {num_gpus: gpus, master_port: port} = options;
  return {
    parameters: options,
    gpus: Number(gpus),
    masterPort: port === undefined ? null : Number(port),
    switches: SWITCHES.filter(({key}) => options[key] === true).map(({key}) => key),
  };
}
