/** The stand-ins of NVIDIA's programs: where they lie, how they get into a PATH, and how a test starts one. */
import {execFile} from 'node:child_process';
import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises';
import {delimiter, dirname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {temporaryFolder} from './temporary.ts';

export const PROGRAMS = fileURLToPath(new URL('../programs/', import.meta.url));

interface StandIn {
  program: string;
  /** The names that it goes by. */
  names: readonly string[];
  /** What of the model's code and weights it, or cosmos, looks for below the checkout. */
  files: readonly string[];
}

const TRANSFER1 = [
  'cosmos_transfer1/diffusion/inference/transfer.py',
  'cosmos_transfer1/diffusion/inference/transfer_multiview.py',
  'checkpoints/nvidia/Cosmos-Transfer1-7B/base_model.pt',
  'checkpoints/nvidia/Cosmos-Transfer1-7B-Sample-AV/base_model.pt',
  'checkpoints/nvidia/Cosmos-Transfer1-7B-Sample-AV-Single2MultiView/t2w_base_model.pt',
  'checkpoints/nvidia/Cosmos-Transfer1-7B-Sample-AV-Single2MultiView/v2w_base_model.pt',
];

const STAND_INS = {
  transfer1: {program: 'transfer1/transfer1.mjs', names: ['python', 'torchrun'], files: TRANSFER1},
  'transfer1-shell': {program: 'transfer1/torchrun', names: ['torchrun'], files: TRANSFER1},
  'transfer2.5': {
    program: 'transfer2.5/inference.mjs',
    names: ['python', 'torchrun'],
    files: ['examples/inference.py', 'examples/multiview.py'],
  },
  cosmos3: {
    program: 'cosmos3/inference.mjs',
    names: ['python', 'torchrun'],
    files: ['cosmos_framework/scripts/inference.py'],
  },
  upsampler: {
    program: 'enhance/upsampler.mjs',
    names: ['python'],
    files: [
      'scripts/prompt_upsampler.py',
      'cosmos_transfer1/auxiliary/upsampler/model/upsampler.py',
      'checkpoints/nvidia/Cosmos-UpsamplePrompt1-12B-Transfer/consolidated.safetensors',
    ],
  },
} satisfies Record<string, StandIn>;

export type StandInName = keyof typeof STAND_INS;

/** Imports a part of a stand-in, which has no types of its own. */
export async function importProgram<T>(file: string): Promise<T> {
  return (await import(pathToFileURL(join(PROGRAMS, file)).href)) as T;
}

export interface Ended {
  rc: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** A checkout with weights, and a stand-in in place of Python. */
export class Machine {
  readonly bin: string;
  readonly checkout: string;
  readonly checkpoints: string;

  private constructor(root: string) {
    this.bin = join(root, 'bin');
    this.checkout = join(root, 'checkout');
    this.checkpoints = join(this.checkout, 'checkpoints');
  }

  static async make(name: StandInName): Promise<Machine> {
    const machine = new Machine(await temporaryFolder('machine'));
    const {program, names, files} = STAND_INS[name];
    await mkdir(machine.bin);
    await chmod(join(PROGRAMS, program), 0o755);
    for (const each of names) await symlink(join(PROGRAMS, program), join(machine.bin, each));
    for (const file of files) await machine.write(file, '# of the model');
    return machine;
  }

  /** The PATH of who finds the stand-in first. */
  get path(): string {
    return [this.bin, process.env['PATH']].join(delimiter);
  }

  /** What a target is told that runs the model here. */
  get places(): {checkout: string; checkpoints: string} {
    return {checkout: this.checkout, checkpoints: this.checkpoints};
  }

  /** The cosmos.toml of a workspace that runs it on this machine. */
  get localSettings(): string {
    const lines = Object.entries(this.places).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
    return `[local]\n${lines.join('')}`;
  }

  /** The same for a target elsewhere, as words of `target add`. */
  get targetSettings(): string[] {
    return Object.entries(this.places).map(([key, value]) => `${key}=${value}`);
  }

  /** Writes a file below the checkout, an object as JSON. */
  async write(file: string, content: string | object): Promise<string> {
    const path = join(this.checkout, file);
    await mkdir(dirname(path), {recursive: true});
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  /** Ends it with SIGTERM after `timeout` milliseconds. */
  run(
    program: string,
    words: readonly string[],
    env: Record<string, string> = {},
    timeout = 20_000,
  ): Promise<Ended> {
    const options = {
      cwd: this.checkout,
      env: {PATH: this.path, PYTHONPATH: this.checkout, ...env},
      timeout,
    };
    return new Promise((resolve) => {
      execFile(join(this.bin, program), words, options, (error, stdout, stderr) => {
        const rc = error ? (typeof error.code === 'number' ? error.code : null) : 0;
        resolve({rc, signal: error?.signal ?? null, stdout, stderr});
      });
    });
  }
}
