/**
 * The alternate screen of a terminal. Ink hands over whole frames; only lines that changed are written, over what is
 * there, so that nothing flickers and nothing scrolls. What a frame has too much is left out, and nothing is ever written
 * that would touch the scrollback. `leave` puts everything back and may be called from anywhere, again.
 */
import {EventEmitter} from 'node:events';
import {stripVTControlCharacters} from 'node:util';
import {displayWidth} from '../text.ts';
import type {Size} from './layout.ts';

export interface Terminal {
  columns?: number | undefined;
  rows?: number | undefined;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** Alternate screen with a cleared page, cursor hidden, no wrapping at the last column (xterm, DEC private modes). */
const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l\u001B[2J';
const LEAVE = '\u001B[?7h\u001B[?25h\u001B[?1049l';
/** Terminals that know synchronised output show the whole change at once; others ignore this. */
const BEGIN = '\u001B[?2026h';
const END = '\u001B[?2026l';

const FALLBACK: Size = {columns: 80, rows: 24};

/** Looks like a stream to Ink; emits `resize` after the terminal has changed. */
export class Screen extends EventEmitter {
  readonly #terminal: Terminal;
  #lines: string[] = [];
  #size: Size;
  #isOpen = false;

  constructor(terminal: Terminal) {
    super();
    this.#terminal = terminal;
    this.#size = this.#measure();
  }

  get columns(): number {
    return this.#size.columns;
  }

  get size(): Size {
    return this.#size;
  }

  enter(): void {
    this.#isOpen = true;
    this.#terminal.on('resize', this.#onResize);
    this.#terminal.write(ENTER);
  }

  leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.off('resize', this.#onResize);
    this.#terminal.write(LEAVE);
  }

  /** Shows a frame. */
  write(frame: string): boolean {
    if (!this.#isOpen) return true;
    const lines = frame.split('\n').slice(0, this.#size.rows);
    const count = Math.max(lines.length, this.#lines.length);
    let changes = '';
    for (let row = 0; row < count; row += 1) {
      if (lines[row] !== this.#lines[row]) changes += `\u001B[${row + 1};1H${this.#fill(lines[row] ?? '')}`;
    }
    this.#lines = lines;
    if (changes !== '') this.#terminal.write(BEGIN + changes + END);
    return true;
  }

  /** Erases to the right, unless the line ends in the last column, where that would erase its last character. */
  #fill(line: string): string {
    return displayWidth(stripVTControlCharacters(line)) < this.#size.columns ? `${line}\u001B[K` : line;
  }

  #measure(): Size {
    const {columns, rows} = this.#terminal;
    return {
      columns: columns === undefined || columns === 0 ? FALLBACK.columns : columns,
      rows: rows === undefined || rows === 0 ? FALLBACK.rows : rows,
    };
  }

  /** Terminals keep, cut or reflow the old picture, each in its way: begin with an empty one. */
  readonly #onResize = (): void => {
    this.#size = this.#measure();
    this.#lines = [];
    this.#terminal.write('\u001B[2J');
    this.emit('resize');
  };
}
