/** Starts the small programs of test/programs/store, real second processes, and stops them where a test wants. */
import {spawn, type ChildProcess} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const PROGRAM = fileURLToPath(new URL('../programs/store/act.ts', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A running program. */
export class Program {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  #onOutput: () => void = () => undefined;

  constructor(args: readonly string[], pauseAt?: string) {
    const env = {...process.env, ...(pauseAt !== undefined && {COSMOS_PAUSE_AT: pauseAt})};
    this.#child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (data: Buffer) => {
      this.#stdout += data.toString();
      this.#onOutput();
    });
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.#stderr += data.toString();
      this.#onOutput();
    });
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        resolve({code, stdout: this.#stdout, stderr: this.#stderr});
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves once the program has stopped at its pause point. */
  paused(): Promise<void> {
    return this.#until(() => this.#stderr.includes('paused at'));
  }

  /** Resolves once the program has printed `text`. */
  printed(text: string): Promise<void> {
    return this.#until(() => this.#stdout.includes(text));
  }

  stop(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Continues, also past every later pause. */
  resume(): void {
    this.#child.kill('SIGCONT');
    // It says that it stops before it does: what continues it earlier is lost.
    const continuing = setInterval(() => this.#child.kill('SIGCONT'), 10);
    void this.ended.then(() => clearInterval(continuing));
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Continues and waits. @throws when the program failed */
  async finish(): Promise<string> {
    this.resume();
    const {code, stdout, stderr} = await this.ended;
    if (code !== 0) throw new Error(`the program ended with ${String(code)}: ${stderr}`);
    return stdout.trim();
  }

  #until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (isTrue()) resolve();
      };
      this.#onOutput = look;
      void this.ended.then(({stderr}) => {
        reject(new Error(`the program ended too soon: ${stderr}`));
      });
      look();
    });
  }
}

/** Starts `act.ts` with an action on a workspace; it stops itself (SIGSTOP) at `pauseAt`. */
export function startProgram(
  action: string,
  root: string,
  args: readonly string[] = [],
  pauseAt?: string,
): Program {
  return new Program([action, root, ...args], pauseAt);
}
