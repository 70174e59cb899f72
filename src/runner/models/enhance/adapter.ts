/**
 * Enhancement of a prompt by a model that sees frames of the scene: through an endpoint of the OpenAI kind where one is set, else
 * through NVIDIA's upsampler. Its result is a text that can be a prompt, or the run has failed.
 */
import {readFile} from 'node:fs/promises';
import {findTextFault, tidyText} from '../../../manifest/prompt-text.ts';
import {isObject, textOf} from '../../json.ts';
import type {CollectedFile, JobPlan, Model, OutputProblem} from '../../model.ts';
import {checkExpectedOutputs} from '../../outputs-check.ts';
import {classifyEnhance} from './classify.ts';
import {normaliseForEndpoint, planForEndpoint} from './endpoint.ts';
import {readProgress} from './log.ts';
import type {EnhanceOptions} from './normalise.ts';
import {ENHANCE} from './parameters.ts';
import {normaliseForUpsampler, planForUpsampler} from './upsampler.ts';

/** What is needed of any enhancement once it runs; the settings may have changed since. */
export const endedEnhance: Pick<Model, 'table' | 'specHint' | 'readProgress' | 'checkOutputs' | 'classify'> =
  {
    table: ENHANCE,
    specHint:
      'An enhancement takes a scene, a video, or a spec like {"prompt": "…", "input_video_path": "color.mp4"}.',
    readProgress,
    checkOutputs,
    classify: classifyEnhance,
  };

export function makeEnhance(options: EnhanceOptions): Model {
  const {endpoint} = options;
  if (endpoint === null)
    return {
      ...endedEnhance,
      normalise: (request) => normaliseForUpsampler(request, options),
      plan: planForUpsampler,
    };
  const asked = {...options, endpoint};
  return {
    ...endedEnhance,
    normalise: (request) => normaliseForEndpoint(request, asked),
    plan: () => planForEndpoint(asked),
  };
}

/** Far more than a prompt may have. */
const MOST_BYTES = 1_000_000;

async function checkOutputs(files: readonly CollectedFile[], plan: JobPlan): Promise<OutputProblem[]> {
  const problems = [...(await findUpsamplerErrors(files)), ...(await checkExpectedOutputs(files, plan))];
  const text = files.find(({name}) => name === plan.primaryOutput);
  if (!text || text.size === 0) return problems;
  const reason =
    text.size > MOST_BYTES
      ? `has ${text.size} bytes`
      : findTextFault(tidyText(await readFile(text.path, 'utf8')));
  return reason === undefined ? problems : [...problems, {name: text.name, reason}];
}

/** The upsampler ends with 0 also where a prompt failed; what it wrote down says why. */
async function findUpsamplerErrors(files: readonly CollectedFile[]): Promise<OutputProblem[]> {
  const results = files.find(({name}) => name === 'batch_results.json');
  if (!results || results.size > MOST_BYTES) return [];
  const value = await readFile(results.path, 'utf8')
    .then((text): unknown => JSON.parse(text))
    .catch(() => undefined);
  const items = Array.isArray(value) ? (value as unknown[]).filter(isObject) : [];
  return items.flatMap(({success, error}) =>
    success === false ? [{name: results.name, reason: textOf(error) ?? 'says that it failed'}] : [],
  );
}
