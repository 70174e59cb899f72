/** The command lines of torchrun and of cosmos-transfer1's transfer.py, read by argparse's rules and with its words. */

const PRESETS = ['very_low', 'low', 'medium', 'high', 'very_high'];
const flag = {kind: 'flag', value: false};
const text = (value) => ({kind: 'text', value});
const int = (value, choices) => ({kind: 'int', value, choices});
const float = (value) => ({kind: 'float', value});

const TORCHRUN = {nproc_per_node: text('1'), nnodes: text('1'), node_rank: int(0), master_port: int(29500)};

const TRANSFER = {
  prompt: text('The video captures a stunning, photorealistic scene with remarkable attention to detail.'),
  negative_prompt: text('The video captures a game playing, with bad crappy graphics and cartoonish frames.'),
  input_video_path: text(''),
  num_input_frames: int(1, [1]),
  sigma_max: float(70),
  blur_strength: {kind: 'text', value: 'medium', choices: PRESETS},
  canny_threshold: {kind: 'text', value: 'medium', choices: PRESETS},
  controlnet_specs: {kind: 'text', value: null, isRequired: true},
  is_av_sample: flag,
  checkpoint_dir: text('checkpoints'),
  tokenizer_dir: text('Cosmos-Tokenize1-CV8x8x8-720p'),
  video_save_name: text('output'),
  video_save_folder: text('outputs/'),
  batch_input_path: text(null),
  batch_size: int(1),
  num_steps: int(35),
  guidance: float(5),
  fps: int(24),
  seed: int(1),
  num_gpus: int(1),
  offload_diffusion_transformer: flag,
  offload_text_encoder_model: flag,
  offload_guardrail_models: flag,
  offload_prompt_upsampler: flag,
  upsample_prompt: flag,
  use_distilled: flag,
  save_input_noise: flag,
  benchmark: flag,
};

/** What argparse prints before it ends with 2. */
export class UsageError extends Error {}

/** torchrun's own options, the program, and the program's words. */
export function splitTorchrun(words) {
  const at = words.findIndex((word, index) => !word.startsWith('-') && !isValue(words, index));
  const own = at === -1 ? words : words.slice(0, at);
  const values = parse('torchrun', TORCHRUN, own);
  if (at === -1)
    throw new UsageError('torchrun: error: the following arguments are required: training_script');
  return {nproc: Number(values.nproc_per_node), script: words[at], rest: words.slice(at + 1)};
}

function isValue(words, index) {
  const before = words[index - 1];
  return before !== undefined && before.startsWith('--') && !before.includes('=');
}

export function parseTransfer(words) {
  return parse('transfer.py', TRANSFER, words);
}

function parse(program, options, words) {
  const values = Object.fromEntries(Object.entries(options).map(([name, {value}]) => [name, value]));
  const seen = new Set();
  const unknown = [];
  const left = [...words];
  while (left.length > 0) {
    const word = left.shift();
    const [, typed, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const name = typed === undefined ? undefined : findName(program, options, typed.replaceAll('-', '_'));
    if (name === undefined) {
      unknown.push(word);
      continue;
    }
    seen.add(name);
    if (options[name].kind === 'flag') {
      if (inline !== undefined) fail(program, name, `ignored explicit argument '${inline}'`);
      values[name] = true;
      continue;
    }
    const value = inline ?? left.shift();
    if (value === undefined || (inline === undefined && value.startsWith('--')))
      fail(program, name, 'expected one argument');
    values[name] = convert(program, name, options[name], value);
  }
  const missing = Object.keys(options).filter((name) => options[name].isRequired && !seen.has(name));
  if (missing.length > 0)
    throw new UsageError(
      `${program}: error: the following arguments are required: ${missing.map((name) => `--${name}`).join(', ')}`,
    );
  if (unknown.length > 0)
    throw new UsageError(`${program}: error: unrecognized arguments: ${unknown.join(' ')}`);
  return values;
}

/** argparse takes any beginning that only one option has. */
function findName(program, options, typed) {
  if (Object.hasOwn(options, typed)) return typed;
  const possible = Object.keys(options).filter((name) => name.startsWith(typed));
  if (possible.length > 1)
    throw new UsageError(
      `${program}: error: ambiguous option: --${typed} could match ${possible.map((name) => `--${name}`).join(', ')}`,
    );
  return possible[0];
}

function convert(program, name, {kind, choices}, value) {
  let converted = value;
  if (kind === 'int') {
    if (!/^\s*[+-]?\d+\s*$/.test(value)) fail(program, name, `invalid int value: '${value}'`);
    converted = Number(value);
  }
  if (kind === 'float') {
    if (!/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(value))
      fail(program, name, `invalid float value: '${value}'`);
    converted = Number(value);
  }
  if (choices && !choices.includes(converted)) {
    const listed = choices.map((choice) => (kind === 'int' ? String(choice) : `'${choice}'`)).join(', ');
    fail(program, name, `invalid choice: ${kind === 'int' ? value : `'${value}'`} (choose from ${listed})`);
  }
  return converted;
}

function fail(program, name, complaint) {
  throw new UsageError(`${program}: error: argument --${name}: ${complaint}`);
}
