/**
 * The preview's spec: the keys of a Transfer1 controlnet spec. Parsing fills in every default, so that what is recorded
 * as `spec_used.json` is what was computed. Keys that only a real model reads (steps, guidance, ...) are kept as they are.
 */
import {CosmosError} from '../../../errors.ts';
import {normalizeWeights} from './compose.ts';
import {COMPUTED, CONTROLS, FOREIGN_CONTROLS} from './controls.ts';
import type {ControlName} from './controls.ts';
import {DEFAULT_PRESET, isPreset, PRESETS} from './presets.ts';
import type {Preset} from './presets.ts';

export interface PreviewControl {
  name: ControlName;
  /** Effective: above 0, and all of them sum to at most 1. */
  weight: number;
  /** Absent: computed from the colour pass. */
  file?: string;
}

export interface PreviewSpec {
  prompt: string;
  colorFile: string;
  cannyThreshold: Preset;
  blurStrength: Preset;
  /** In the order of CONTROLS; controls of weight 0 are left out. */
  controls: PreviewControl[];
  /** The spec as it was used, for `spec_used.json`. */
  used: Record<string, unknown>;
}

/** What Transfer1 takes when a control names no weight. */
const DEFAULT_WEIGHT = 0.5;

type Json = Record<string, unknown>;

/** Reads a spec from JSON text. Throws `input.invalid` that names the key. */
export function parsePreviewSpec(text: string): PreviewSpec {
  const spec = parseObject(text);
  refuseForeignControls(spec);
  const named = CONTROLS.flatMap((name) => readControl(spec, name)).filter((control) => control.weight > 0);
  const weights = normalizeWeights(named.map((control) => control.weight));
  const controls = named.map((control, index) => ({...control, weight: weights[index] ?? 0}));
  const parsed = {
    prompt: readText(spec, 'prompt', ''),
    colorFile: readText(spec, 'input_video_path'),
    cannyThreshold: readPreset(spec, 'canny_threshold'),
    blurStrength: readPreset(spec, 'blur_strength'),
    controls,
  };
  return {...parsed, used: describeUse(spec, parsed)};
}

function invalid(message: string, hint?: string): CosmosError {
  return new CosmosError('input.invalid', message, hint === undefined ? {} : {hint});
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CosmosError('input.invalid', `the spec is not JSON: ${String(cause)}`, {cause});
  }
  if (!isObject(value)) throw invalid('the spec is not a JSON object');
  return value;
}

/** Transfer1 refuses every key with an object behind it that is no control; so does this. */
function refuseForeignControls(spec: Json): void {
  for (const [key, value] of Object.entries(spec)) {
    const isForeign = FOREIGN_CONTROLS.includes(key) && value !== null;
    if (!isForeign && (!isObject(value) || CONTROLS.some((name) => name === key))) continue;
    throw invalid(
      `the spec has a control "${key}", which the preview does not know`,
      `It knows ${CONTROLS.join(', ')}.`,
    );
  }
}

function readControl(spec: Json, name: ControlName): PreviewControl[] {
  const value = spec[name];
  if (value === undefined || value === null) return [];
  if (!isObject(value)) throw invalid(`"${name}" in the spec is not an object`);
  const weight = value['control_weight'] ?? DEFAULT_WEIGHT;
  if (typeof weight !== 'number' || !Number.isFinite(weight) || weight < 0) {
    throw invalid(`"${name}.control_weight" is not a number of 0 or more`);
  }
  const file = value['input_control'] ?? undefined;
  if (file === undefined) return [requireComputed({name, weight})];
  if (typeof file !== 'string' || file === '') throw invalid(`"${name}.input_control" is not a path`);
  return [{name, weight, file}];
}

function requireComputed(control: PreviewControl): PreviewControl {
  if (control.weight === 0 || COMPUTED.includes(control.name)) return control;
  throw invalid(
    `the preview cannot compute ${control.name}, and "${control.name}.input_control" names no video`,
    `Render a ${control.name} pass and name it, or leave the control out. Only ${COMPUTED.join(' and ')} are computed.`,
  );
}

function readText(spec: Json, key: string, fallback?: string): string {
  const value = spec[key] ?? fallback;
  if (typeof value === 'string' && (value !== '' || fallback !== undefined)) return value;
  throw invalid(`"${key}" is missing from the spec or not a text`);
}

function readPreset(spec: Json, key: string): Preset {
  const value = spec[key] ?? DEFAULT_PRESET;
  if (isPreset(value)) return value;
  throw invalid(`"${key}" is ${JSON.stringify(value)}`, `Use one of ${PRESETS.join(', ')}.`);
}

function describeUse(spec: Json, parsed: Omit<PreviewSpec, 'used'>): Json {
  const used: Json = {...spec, blur_strength: parsed.blurStrength, canny_threshold: parsed.cannyThreshold};
  for (const name of CONTROLS) {
    const control = parsed.controls.find((candidate) => candidate.name === name);
    if (control !== undefined) used[name] = {...(spec[name] as Json), control_weight: control.weight};
  }
  return used;
}
