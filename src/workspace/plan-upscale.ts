/**
 * The upscale that is to follow a run, planned as far as it can be before there is a result: one that is never possible is
 * refused before anything is paid for. What it is made of, and what depends on that, is known only later.
 */
import {CosmosError} from '../errors.ts';
import {planRun, type PlannedRun} from '../runner/create.ts';
import {onlyKeys} from '../runner/json.ts';
import {isVideo} from '../runner/media-types.ts';
import {upscale} from '../runner/models/upscale/adapter.ts';
import type {Prepared} from './prepared.ts';

/** Parameters of the upscaler that are those of the clip. */
const OF_THE_CLIP = ['fps'];

/** @throws CosmosError input.invalid */
export async function withUpscale(first: Prepared): Promise<Prepared> {
  refuseTexts(first);
  const planned = await asUpscale(() => planWithoutClip(first.planned));
  const {target} = first;
  return {
    ...first,
    next: {
      ...{name: null, modelName: 'upscale', target, planned},
      ...{after: [], parents: [], estimatedMs: null, gpusThere: null, warnings: []},
    },
  };
}

function refuseTexts({modelName, planned: {plan}}: Prepared): void {
  const output = plan.outputs.find(({name}) => name === plan.primaryOutput);
  if (output && isVideo(output)) return;
  const what = output ? `makes ${output.name}, which is no video` : 'makes no video';
  throw new CosmosError('input.invalid', `--upscale: there is nothing to upscale, as ${modelName} ${what}.`, {
    hint: 'Nothing was started. Leave --upscale out.',
  });
}

/** With the texts of the first run, as they count where somebody upscales its result. */
async function planWithoutClip({normal: {scene, prompt}}: PlannedRun): Promise<PlannedRun> {
  const name = scene?.name ?? 'the result';
  const planned = await planRun(upscale, {
    source: {scene: {name, passes: {}, broken: []}, findings: []},
    ...{prompt: prompt?.text ?? null, negative: prompt?.negative ?? null},
    ...{weights: {}, set: {}, flags: {}, seed: null},
  });
  const {normal, spec} = planned;
  const isKnown = (key: string): boolean => !OF_THE_CLIP.includes(key);
  const parameters = onlyKeys(normal.parameters, isKnown);
  return {...planned, spec: onlyKeys(spec, isKnown), normal: {...normal, parameters}};
}

/** What is wrong with the upscale is told as that. */
export async function asUpscale<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error;
    const {code, message, hint, facts} = error;
    const {findings} = facts as {findings?: readonly string[]};
    throw new CosmosError(code, `No upscale could follow: ${message}`, {
      hint: `${hint ?? 'Nothing was started.'} Without --upscale the run can be started.`,
      cause: error,
      facts: {...facts, ...(findings && {findings: findings.map((finding) => `--upscale: ${finding}`)})},
    });
  }
}
