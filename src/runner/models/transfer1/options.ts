/**
 * What goes to Transfer1's command line and not into its spec: GPUs, port and switches, from `--set` or from a spec file
 * (Transfer1 takes every option from there too). The command line wins over the spec when both name an option.
 */
import type {Json} from '../../json.ts';
import {OPTION_KEYS, SWITCH_DEFAULTS} from './parameters.ts';

export interface LaunchOptions {
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
export function separateOptions(merged: Json): Separated {
  const findings: string[] = [];
  const isOwn = (key: string): boolean => OPTION_KEYS.includes(key) || OWNED.includes(key);
  const spec = Object.fromEntries(
    Object.entries(merged).filter(([key]) => !isOwn(key) && key !== 'batch_input_path'),
  );
  if (merged['batch_input_path'] !== undefined)
    findings.push('"batch_input_path" is for batches; this is a single run');
  const warnings = OWNED.filter((key) => merged[key] !== undefined).map(
    (key) => `"${key}" is decided by cosmos; what the spec says of it was left out`,
  );
  return {spec, options: readLaunch(merged, findings), findings, warnings};
}

/** From a spec, or from the parameters of a run. */
export function readLaunch(merged: Json, findings: string[] = []): LaunchOptions {
  return {
    gpus: wholeNumber(merged, 'num_gpus', {fallback: 1, from: 1, to: 64}, findings),
    masterPort:
      merged['master_port'] === undefined
        ? null
        : wholeNumber(merged, 'master_port', {fallback: 0, from: 1024, to: 65_535}, findings),
    switches: readSwitches(merged, findings),
  };
}

/** The other way round: what readLaunch reads as the same options. */
export function parametersOfLaunch({gpus, masterPort, switches}: LaunchOptions): Json {
  return {
    num_gpus: gpus,
    ...(masterPort !== null && {master_port: masterPort}),
    ...Object.fromEntries(Object.keys(SWITCH_DEFAULTS).map((name) => [name, switches.includes(name)])),
  };
}

function readSwitches(merged: Json, findings: string[]): string[] {
  return Object.entries(SWITCH_DEFAULTS).flatMap(([name, isOnByDefault]) => {
    const value = merged[name] ?? isOnByDefault;
    if (typeof value !== 'boolean') findings.push(`"${name}" must be true or false`);
    return value === true ? [name] : [];
  });
}

interface Range {
  fallback: number;
  from: number;
  to: number;
}

function wholeNumber(merged: Json, key: string, {fallback, from, to}: Range, findings: string[]): number {
  const value = merged[key] ?? fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value;
  findings.push(`"${key}" must be a whole number from ${from} to ${to}`);
  return fallback;
}
