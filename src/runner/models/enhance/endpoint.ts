/** An enhancement by an endpoint of the OpenAI kind. The request goes out from this machine, as a job like any other. */
import {nodeProgram} from '../../../platform/node-program.ts';
import type {JobPlan, NormalRequest, RunRequest} from '../../model.ts';
import {escapeBraces} from '../../template.ts';
import {instructionFor} from './instruction.ts';
import {
  commonOf,
  countOf,
  NO_PICTURE,
  readRequest,
  type EnhanceOptions,
  type ReadRequest,
} from './normalise.ts';
import {MOST_TOKENS} from './parameters.ts';
import {stillsOf} from './pictures.ts';
import type {EnhanceSpec} from './spec.ts';

export type EndpointOptions = EnhanceOptions & {endpoint: string};

/** The program ends itself; this is for one that hangs. */
const GRACE_MS = 60_000;
const LOCAL_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export async function normaliseForEndpoint(
  request: RunRequest,
  options: EndpointOptions,
): Promise<NormalRequest> {
  const read = readRequest(request, 'the endpoint');
  const {asked, findings} = read;
  findings.push(...findMissing(options));
  const longest = countOf(read, 'frame_size', {least: 64, most: 4096, otherwise: options.frameSize});
  const count = countOf(read, 'frames', {least: 1, most: 32, otherwise: options.frames});
  const max_tokens = countOf(read, 'max_tokens', {least: 1, most: 1_000_000, otherwise: MOST_TOKENS});
  const chosen = optionalOf(read);
  const pictures = await stillsOf(request.source, {count, longest, findings});
  const {inputs, indexes: shown} = pictures;
  const instruction = chosen.instruction ?? instructionFor(inputs.length);
  const common = commonOf(request, read);
  const model = options.model ?? '';
  const {temperature, seed} = chosen;
  const numbers = {
    ...{frames: count, frame_size: longest, max_tokens},
    ...(temperature !== undefined && {temperature}),
    ...(seed !== undefined && {seed}),
  };
  const spec: Omit<EnhanceSpec, 'images'> = {
    ...{endpoint: options.endpoint, model, prompt: read.prompt, instruction},
    ...(options.keyEnv !== null && {key_env: options.keyEnv}),
    ...numbers,
    timeout_seconds: options.timeoutMs / 1000,
  };
  return {
    ...common,
    parameters: {
      model,
      ...numbers,
      ...(asked['instruction'] !== undefined && {instruction}),
      ...(shown && shown.length > 0 && {shown}),
    },
    makeSpec: (folder) => ({...spec, images: inputs.map(({name}) => `${folder}/${name}`)}),
    inputs,
    warnings: [...read.warnings, ...warningsOf(options, inputs.length)],
  };
}

function findMissing({model, keyEnv}: EndpointOptions): string[] {
  const isKeyMissing = keyEnv !== null && (process.env[keyEnv] ?? '') === '';
  return [
    ...(model === null
      ? ['"model" of [models.enhance] is not set: which model of the endpoint is asked?']
      : []),
    ...(isKeyMissing ? [`the variable ${keyEnv}, which models.enhance.keyEnv names, is not set here`] : []),
  ];
}

type Chosen = Partial<Pick<EnhanceSpec, 'temperature' | 'seed' | 'instruction'>>;

function optionalOf({asked, findings}: ReadRequest): Chosen {
  const {temperature, seed, instruction} = asked;
  const chosen: Chosen = {};
  if (typeof temperature === 'number' && temperature >= 0 && temperature <= 2)
    chosen.temperature = temperature;
  else if (temperature !== undefined) findings.push('temperature must be a number from 0 to 2');
  if (Number.isSafeInteger(seed)) chosen.seed = Number(seed);
  else if (seed !== undefined) findings.push('seed must be a whole number');
  if (typeof instruction === 'string' && instruction !== '') chosen.instruction = instruction;
  else if (instruction !== undefined) findings.push('instruction must be a text');
  return chosen;
}

function warningsOf({endpoint, keyEnv}: EndpointOptions, pictures: number): string[] {
  const {protocol, hostname, host} = new URL(endpoint);
  const isOpen = keyEnv !== null && protocol === 'http:' && !LOCAL_HOST.test(hostname);
  return [
    ...(pictures === 0 ? [NO_PICTURE] : []),
    ...(isOpen ? [`the key goes to ${host} without encryption: the endpoint begins with http:`] : []),
  ];
}

export function planForEndpoint({keyEnv, timeoutMs}: EndpointOptions): JobPlan {
  const program = nodeProgram('runner/models/enhance/program');
  return {
    argv: [escapeBraces(process.execPath), ...program.map(escapeBraces), '{spec}', '{outputs}'],
    environment: [...(keyEnv === null ? [] : [keyEnv]), 'NODE_EXTRA_CA_CERTS'],
    outputs: [
      {name: 'enhanced.txt', role: 'enhanced', mediaType: 'text/plain', isRequired: true},
      {name: 'answer.json', role: 'extra', mediaType: 'application/json', isRequired: false},
    ],
    primaryOutput: 'enhanced.txt',
    timeoutMs: timeoutMs + GRACE_MS,
  };
}
