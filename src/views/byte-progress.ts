/** How far a pass over many bytes has come: one live line on a terminal, nothing elsewhere. */
import {formatBytes} from './format.ts';
import type {ProgressStream} from './progress-line.ts';

const CLEAR = '\r\u001B[2K';

export class ByteProgress {
  readonly #stream: ProgressStream;
  readonly #verb: string;
  readonly #isLive: boolean;
  #last = '';

  constructor(stream: ProgressStream, verb: string, isQuiet: boolean) {
    this.#stream = stream;
    this.#verb = verb;
    this.#isLive = stream.isTTY === true && !isQuiet;
  }

  update(done: number, total: number): void {
    if (!this.#isLive) return;
    const text = `${this.#verb} ${formatBytes(done)} of ${formatBytes(total)}`;
    if (text === this.#last) return;
    this.#last = text;
    this.#stream.write(CLEAR + text);
  }

  done(): void {
    if (this.#last !== '') this.#stream.write(CLEAR);
    this.#last = '';
  }
}
