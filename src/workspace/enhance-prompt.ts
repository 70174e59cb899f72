/** `cosmos prompt enhance`, up to the request of a run: which text, which scene, and whether anybody could do it. */
import {CosmosError} from '../errors.ts';
import {promptNameFrom} from '../manifest/prompt-name.ts';
import type {PromptDocument} from '../manifest/types.gen.ts';
import type {RunSource} from '../runner/source.ts';
import {resolvePrompt} from './prompts.ts';
import {ENHANCE} from './models.ts';
import {PLAIN_REQUEST, type StartRequest} from './start-run.ts';
import {LOCAL} from './targets.ts';
import type {Workspace} from './workspace.ts';

export interface EnhanceRequest extends Pick<StartRequest, 'folder' | 'set' | 'seed' | 'target'> {
  /** Id or name of a prompt, or a text, which has a space in it. */
  what: string;
  /** Instead of the scene of the prompt; null for none at all. */
  scene: string | null | undefined;
}

/** @throws CosmosError id.unknown, usage.invalid when nothing is set up that could enhance a prompt */
export async function enhancementOf(workspace: Workspace, request: EnhanceRequest): Promise<StartRequest> {
  await refuseWithoutModel(workspace, request);
  const {what, folder, set, seed, target} = request;
  const prompt = await promptOf(workspace, what);
  const text = prompt?.text ?? what.trim();
  const scene = request.scene === null ? undefined : (request.scene ?? prompt?.scene);
  return {
    ...PLAIN_REQUEST,
    source: scene ?? textAlone(prompt?.name ?? promptNameFrom(text), folder),
    promptId: prompt?.id,
    prompt: text,
    negative: prompt?.negative ?? null,
    model: ENHANCE,
    ...{folder, set, seed, target},
  };
}

/** A text with a space in it is a new one when no prompt goes by it. */
async function promptOf(workspace: Workspace, what: string): Promise<PromptDocument | undefined> {
  try {
    return await resolvePrompt(workspace, what);
  } catch (error) {
    const isText = error instanceof CosmosError && error.code === 'id.unknown' && /\s/.test(what.trim());
    if (!isText) throw error;
    return undefined;
  }
}

function textAlone(name: string, folder: string): RunSource {
  return {name, spec: {}, path: 'the prompt', folder, findings: []};
}

/** Said here, as the target could only say which of its folders is not set. */
async function refuseWithoutModel(workspace: Workspace, {target}: EnhanceRequest): Promise<void> {
  const {settings} = await workspace.settings();
  const {enhance, local, run} = settings;
  const isHere = (target ?? run.target) === LOCAL;
  if (enhance.endpoint !== undefined || !isHere || local.checkout !== undefined) return;
  throw new CosmosError('usage.invalid', 'There is no model here that could enhance a prompt.', {
    hint: "Nothing was started. Name an endpoint of the OpenAI kind (cosmos config set models.enhance.endpoint https://…/v1, then models.enhance.model and models.enhance.keyEnv), or run NVIDIA's upsampler where Transfer1 is, with --target NAME.",
  });
}
