/** The stand-ins of NVIDIA's programs: where they lie, how they get into a PATH, and how a test starts one. */
import {execFile} from 'node:child_process';
import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises';
import {delimiter, dirname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {temporaryFolder} from './temporary.ts';

const PROGRAMS = fileURLToPath(new URL('../programs/', import.meta.url));

interface StandIn {
  file: string;
  /** The names that it goes by. */
  names: readonly string[];
  /** What of the model's code it looks for. */
  scripts: readonly string[];
}

const STAND_INS = {
  transfer1: {
    file: 'transfer1/transfer1.mjs',
    names: ['python', 'torchrun'],
    scripts: [
      'cosmos_transfer1/diffusion/inference/transfer.py',
      'cosmos_transfer1/diffusion/inference/transfer_multiview.py',
    ],
  },
  'transfer2.5': {
    file: 'transfer2.5/inference.mjs',
    names: ['python', 'torchrun'],
    scripts: ['examples/inference.py', 'examples/multiview.py'],
  },
  cosmos3: {
    file: 'cosmos3/inference.mjs',
    names: ['python', 'torchrun'],
    scripts: ['cosmos_framework/scripts/inference.py'],
  },
  upsampler: {file: 'enhance/upsampler.mjs', names: ['python'], scripts: ['scripts/prompt_upsampler.py']},
} satisfies Record<string, StandIn>;

export type StandInName = keyof typeof STAND_INS;

/** Imports a part of a stand-in, which has no types of its own. */
export async function importProgram<T>(file: string): Promise<T> {
  return (await import(pathToFileURL(join(PROGRAMS, file)).href)) as T;
}

/** Puts a stand-in into the folder `bin` under the names of what it stands in for. */
async function installStandIn(bin: string, name: StandInName): Promise<void> {
  const {file, names} = STAND_INS[name];
  await mkdir(bin, {recursive: true});
  await chmod(join(PROGRAMS, file), 0o755);
  for (const each of names) await symlink(join(PROGRAMS, file), join(bin, each));
}

export interface Ended {
  rc: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** A checkout with a stand-in in place of Python. */
export class Machine {
  readonly bin: string;
  readonly checkout: string;

  private constructor(root: string) {
    this.bin = join(root, 'bin');
    this.checkout = join(root, 'checkout');
  }

  static async make(name: StandInName): Promise<Machine> {
    const machine = new Machine(await temporaryFolder('machine'));
    await installStandIn(machine.bin, name);
    for (const script of STAND_INS[name].scripts) await machine.write(script, '# the model');
    return machine;
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
      env: {PATH: [this.bin, process.env['PATH']].join(delimiter), PYTHONPATH: this.checkout, ...env},
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
