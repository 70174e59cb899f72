/**
 * What the stand-ins of NVIDIA's newer programs share: log lines, bars, ways to fail, and the look at a file. STANDIN_FAIL
 * names a way to fail, STANDIN_SECONDS the time of each chunk; both are variables or files in the working directory.
 */
import {createHash} from 'node:crypto';
import {appendFileSync, existsSync, readFileSync} from 'node:fs';

export class Stop extends Error {
  constructor(rc) {
    super(`ends with ${rc}`);
    this.rc = rc;
  }
}

export const setting = (name) =>
  process.env[name] ?? (existsSync(name) ? readFileSync(name, 'utf8').trim() : undefined);

const traceback = (script, line) => [
  'Traceback (most recent call last):',
  `  File "/workspace/${script}", line 98, in <module>`,
  '    main()',
  line,
];

/** Where each happens, and the line that ends it; of others the adapter learns from silence or a signal. */
const CRASHES = {
  oom: [
    'sample',
    'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 79.11 GiB of which 1.12 GiB is free.',
  ],
  auth: [
    'load',
    'huggingface_hub.errors.GatedRepoError: 401 Client Error. Access to model nvidia/Cosmos-Guardrail1 is restricted.',
  ],
  checkpoint: [
    'load',
    "FileNotFoundError: [Errno 2] No such file or directory: '/root/.cache/edge_ema_bf16.pt'",
  ],
  frames: ['sample', 'ValueError: No input frames; cannot pad. Verify that video frame counts match.'],
  nothing: ['controls', 'ValueError: No mask generated for prompt: a street'],
  timeout: [
    'sample',
    'torch.distributed.DistStoreError: wait timeout after 1800000ms, keys: /default_pg/0//cuda//0',
  ],
  port: [
    'start',
    'torch.distributed.DistNetworkError: The server socket has failed to listen on any local network address. port: 29500, EADDRINUSE',
  ],
  environment: ['start', "ModuleNotFoundError: No module named 'transformer_engine'"],
  space: ['save', 'OSError: [Errno 28] No space left on device'],
  gpu: ['sample', 'RuntimeError: CUDA error: an illegal memory access was encountered'],
  crash: ['sample', 'ZeroDivisionError: division by zero'],
};

/** The voice of one program: `[07-14 09:12:33|INFO|path:1:f] message` on stdout, everything else on stderr. */
export class Program {
  constructor(script, {prefix = '', isVerbose = true} = {}) {
    this.script = script;
    this.prefix = prefix;
    this.isVerbose = isVerbose;
    this.mode = setting('STANDIN_FAIL');
    this.chunkMs = 1000 * Number(setting('STANDIN_SECONDS') ?? 0);
    this.files = [];
  }

  /** `isInner` lines are for debug.log, unless the program is verbose. */
  log(message, level = 'INFO', isInner = false) {
    const line = `[07-14 09:12:33|${this.prefix}${level}|${this.script}:188:_generate_sample] ${message}\n`;
    if (!isInner || this.isVerbose) process.stdout.write(line);
    for (const file of this.files) if (file.takesInner || !isInner) appendFileSync(file.path, line);
  }

  complain(...lines) {
    for (const line of lines) process.stderr.write(`${line}\n`);
  }

  raise(exception, rc = 1) {
    this.complain(...traceback(this.script, exception));
    throw new Stop(rc);
  }

  /** The place where a failure that was asked for happens. */
  async reached(place) {
    const crash = CRASHES[this.mode];
    if (crash?.[0] === place) this.raise(crash[1]);
    if (place !== 'sample') return;
    if (this.mode === 'killed') process.kill(process.pid, 'SIGKILL');
    if (this.mode === 'hang') await new Promise(() => setInterval(() => undefined, 1000));
  }

  bar(title, done, total) {
    const percent = Math.floor((100 * done) / total);
    const full = '█'.repeat(Math.floor(percent / 10)).padEnd(10, ' ');
    const times = done === 0 ? '00:00<?, ?it/s' : '03:08<04:42, 13.43s/it';
    process.stderr.write(`\r${title}: ${String(percent).padStart(3)}%|${full}| ${done}/${total} [${times}]`);
    if (done === total) process.stderr.write('\n');
  }

  async steps(title, total) {
    this.bar(title, 0, total);
    await new Promise((resolve) => setTimeout(resolve, this.chunkMs));
    this.bar(title, Math.ceil(total / 2), total);
    this.bar(title, total, total);
  }
}

/** Opened and read to its end. */
export function readInput(key, path) {
  const bytes = readFileSync(path);
  return {key, path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex')};
}

/** Frames by the sample table of an MP4 file; 93 for anything else. */
export function countFrames(path) {
  const bytes = readFileSync(path);
  const at = bytes.indexOf('stsz');
  return at === -1 ? 93 : bytes.readUInt32BE(at + 12);
}

/** Splits `--name=value` and `--name value`; `switches` take none. Unknown words end the program with 2. */
export function readWords(words, {values, switches, repeated = []}, unknown) {
  const parsed = Object.fromEntries(switches.map((name) => [name, false]));
  const left = [...words];
  while (left.length > 0) {
    const word = left.shift();
    const [, name, inline] = /^(--?[^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (switches.includes(name)) parsed[name] = true;
    else if (repeated.includes(name)) {
      parsed[name] = [];
      while (left.length > 0 && !left[0].startsWith('-')) parsed[name].push(left.shift());
    } else if (values.includes(name)) parsed[name] = inline ?? left.shift();
    else unknown(word);
  }
  return parsed;
}

/** torchrun's own words before the script or module. */
export function splitTorchrun(words) {
  const at = words.findIndex((word) => !word.startsWith('--'));
  const own = words.slice(0, at === -1 ? words.length : at);
  const nproc = Number(
    /^--nproc[-_]per[-_]node=(\d+)$/.exec(own.find((word) => /nproc/.test(word)) ?? '')?.[1] ?? 1,
  );
  return {nproc, rest: at === -1 ? [] : words.slice(at)};
}

export async function run(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    process.exitCode = error.rc;
  }
}
