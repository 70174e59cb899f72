/**
 * An enhancement by NVIDIA's prompt upsampler of Transfer1 (Pixtral), in its container on the target. The program that asks it is
 * sent along (remote/prompt_upsampler.py). It takes two pictures and 4096 tokens, so it is sent the ends of the clip, made small.
 */
import {canonicalBytes} from '../../../manifest/canonical.ts';
import type {JobPlan, ModelInput, NormalRequest, RunRequest} from '../../model.ts';
import {readRemote} from '../../remote-text.ts';
import {commonOf, countOf, NO_PICTURE, readRequest, type EnhanceOptions} from './normalise.ts';
import {endsOf} from './pictures.ts';

const MODEL = 'pixtral-12b';
const WEIGHTS = 'nvidia/Cosmos-UpsamplePrompt1-12B-Transfer/consolidated.safetensors';
const PROGRAM = 'prompt_upsampler.py';
/** Set inside of NVIDIA's code, or for the other way. */
const FIXED = ['frames', 'max_tokens', 'temperature', 'seed', 'instruction'];

export async function normaliseForUpsampler(
  request: RunRequest,
  {frameSize}: EnhanceOptions,
): Promise<NormalRequest> {
  const read = readRequest(request, "NVIDIA's upsampler");
  const {asked, findings, prompt} = read;
  for (const key of FIXED)
    if (asked[key] !== undefined && request.base?.[key] === undefined)
      findings.push(`${key}: NVIDIA's upsampler chooses it itself; it acts only on models.enhance.endpoint`);
  const longest = countOf(read, 'frame_size', {least: 64, most: 4096, otherwise: frameSize});
  const pictures = await endsOf(request.source, {count: 2, longest, findings});
  const common = commonOf(request, read);
  const {indexes: shown, inputs: clip} = pictures;
  const pathOf = (folder: string): {video?: string} => {
    const [video] = clip;
    return video ? {video: `${folder}/${video.name}`} : {};
  };
  return {
    ...common,
    parameters: {model: MODEL, frame_size: longest, ...(shown && {shown})},
    makeSpec: (folder) => ({prompt, frame_size: longest, ...pathOf(folder)}),
    inputs: [...clip, batchOf(prompt, pathOf('inputs').video), await scriptInput()],
    warnings: [...read.warnings, ...(clip.length === 0 ? [NO_PICTURE] : [])],
  };
}

/** Paths in it start at the folder of the job, where the program is started. */
function batchOf(prompt: string, video: string | undefined): ModelInput {
  const item = {name: 'prompt', prompt, ...(video !== undefined && {video_path: video})};
  return {
    name: 'batch.json',
    role: 'batch',
    mediaType: 'application/json',
    content: {bytes: canonicalBytes([item])},
  };
}

async function scriptInput(): Promise<ModelInput> {
  return {
    name: PROGRAM,
    role: 'program',
    mediaType: 'text/x-python',
    content: {bytes: Buffer.from(await readRemote(PROGRAM))},
  };
}

export function planForUpsampler(): JobPlan {
  return {
    argv: [
      'python',
      ...['{inputs.program}', '--batch', '{inputs.batch}'],
      ...['--output-dir', '{outputs}', '--checkpoint-dir', '{checkpoints}'],
    ],
    environment: ['HF_TOKEN'],
    outputs: [
      {name: 'enhanced.txt', role: 'enhanced', mediaType: 'text/plain', isRequired: true},
      {name: 'batch_results.json', role: 'extra', mediaType: 'application/json', isRequired: false},
      {name: 'prompt_upsampled.json', role: 'extra', mediaType: 'application/json', isRequired: false},
    ],
    primaryOutput: 'enhanced.txt',
    timeoutMs: null,
    image: null,
    workdir: null,
    variables: {PYTHONPATH: '{checkout}', HF_HOME: '{hfCache?}'},
    mounts: [],
    needs: ['checkout', 'checkpoints', 'gpu'],
    requires: [
      '{checkout}/cosmos_transfer1/auxiliary/upsampler/model/upsampler.py',
      `{checkpoints}/${WEIGHTS}`,
    ],
    gpus: 1,
  };
}
