/** A request for an enhancement: what is common to the endpoint and to NVIDIA's upsampler. Every mistake is found at once. */
import {suggestion} from '../../../nearest.ts';
import {refuseFindings} from '../../findings.ts';
import {textOf, type Json} from '../../json.ts';
import type {NormalRequest, RunRequest} from '../../model.ts';
import {isScene, sceneOf} from '../../source.ts';
import {readParameters} from '../parameters.ts';
import {ENHANCE} from './parameters.ts';

const ADAPTER_VERSION = 1;
export const NO_PICTURE = 'there is no scene: the model is shown no picture';
const HINT = 'Nothing was started. Correct it and run the command again.';

/** The settings of [models.enhance], in the words of the runner. */
export interface EnhanceOptions {
  endpoint: string | null;
  model: string | null;
  keyEnv: string | null;
  frames: number;
  frameSize: number;
  timeoutMs: number;
}

export interface ReadRequest {
  prompt: string;
  negative: string | null;
  /** What was said, by the key of the parameter. */
  asked: Json;
  findings: string[];
  warnings: string[];
}

/** What a spec file may say, and what the spec of an earlier run holds, which the settings decide anew. */
const SPEC_KEYS = [
  ...['prompt', 'negative_prompt', 'input_video_path', 'images', 'video'],
  ...[
    'endpoint',
    'model',
    'key_env',
    'instruction',
    'frames',
    'frame_size',
    'max_tokens',
    'temperature',
    'seed',
  ],
  'timeout_seconds',
];

export function readRequest(request: RunRequest, title: string): ReadRequest {
  const {source, weights} = request;
  const findings = [...source.findings];
  if (Object.keys(weights).length > 0) findings.push('--weights: an enhancement has no controls');
  const spec = isScene(source) ? {} : source.spec;
  const prompt = request.prompt ?? textOf(spec['prompt']);
  if (prompt === undefined || prompt.trim() === '')
    findings.push('there is no prompt to enhance; give it with --prompt');
  const negative = request.negative ?? textOf(spec['negative_prompt']) ?? null;
  const asked = readParameters(ENHANCE, request, {title, findings});
  const warnings = Object.keys(spec)
    .filter((key) => !SPEC_KEYS.includes(key))
    .map((key) => `"${key}" of the spec has no effect on an enhancement${suggestion(key, SPEC_KEYS)}`);
  return {prompt: prompt ?? '', negative, asked, findings, warnings};
}

/** A whole number within limits; what is none goes to `findings`. */
export function countOf(
  {asked, findings}: ReadRequest,
  key: string,
  {least, most, otherwise}: {least: number; most: number; otherwise: number},
): number {
  const value = asked[key] ?? otherwise;
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value);
  findings.push(`${key} is ${JSON.stringify(value)}; it must be a whole number from ${least} to ${most}`);
  return otherwise;
}

/** Refuses what is wrong; then what every enhancement is. */
export function commonOf(
  {source}: RunRequest,
  {prompt, negative, findings}: ReadRequest,
): Pick<NormalRequest, 'kind' | 'model' | 'scene' | 'prompt'> {
  refuseFindings('The enhancement', Array.from(new Set(findings)), HINT);
  return {
    kind: 'enhance',
    model: {family: 'enhance', adapterVersion: ADAPTER_VERSION},
    scene: isTextAlone(source) ? null : sceneOf(source),
    prompt: {text: prompt, negative},
  };
}

function isTextAlone(source: RunRequest['source']): boolean {
  if (isScene(source)) return false;
  return ['images', 'video', 'input_video_path'].every((key) => source.spec[key] === undefined);
}
