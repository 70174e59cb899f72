/** A real terminal for tests: one private tmux server with one window. */
import {execFile, spawnSync} from 'node:child_process';
import {setTimeout as sleep} from 'node:timers/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {temporaryFolder} from '../support/temporary.ts';

const execute = promisify(execFile);

/** Why terminal tests cannot run here; undefined when they can. */
export const MISSING = spawnSync('tmux', ['-V']).status === 0 ? undefined : 'tmux is not installed';

const PATIENCE_MS = 15_000;

export class Terminal {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** Runs a shell command in a window of that size; the window stays open after it. */
  static async open(command: string, columns: number, rows: number): Promise<Terminal> {
    const terminal = new Terminal(join(await temporaryFolder('tmux'), 'socket'));
    const shell = `export LANG=C.UTF-8 LC_ALL=C.UTF-8; unset CI NO_COLOR FORCE_COLOR; ${command}; echo "ended with $?"; sleep 60`;
    await terminal.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      String(columns),
      '-y',
      String(rows),
      shell,
    );
    return terminal;
  }

  async press(...keys: string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** The lines on the screen, and those above it when asked for. */
  async lines({history = false} = {}): Promise<string[]> {
    const text = await this.#tmux('capture-pane', '-p', ...(history ? ['-S', '-'] : []));
    return text.split('\n').map((line) => line.trimEnd());
  }

  /** Waits until the screen shows this. */
  async waitFor(pattern: RegExp): Promise<string[]> {
    for (let waited = 0; ; waited += 50) {
      const lines = await this.lines();
      if (pattern.test(lines.join('\n'))) return lines;
      if (waited > PATIENCE_MS) throw new Error(`never saw ${pattern}:\n${lines.join('\n')}`);
      await sleep(50);
    }
  }

  /** A variable of tmux about the window, such as alternate_on. */
  async get(name: string): Promise<string> {
    return (await this.#tmux('display-message', '-p', `#{${name}}`)).trim();
  }

  async close(): Promise<void> {
    await this.#tmux('kill-server').catch(() => undefined);
  }

  async #tmux(...parameters: string[]): Promise<string> {
    const {stdout} = await execute('tmux', ['-u', '-S', this.#socket, ...parameters]);
    return stdout;
  }
}
