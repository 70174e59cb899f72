import assert from 'node:assert/strict';
import {EventEmitter} from 'node:events';
import {Screen} from '../../../src/views/status/screen.ts';

class FakeTerminal extends EventEmitter {
  columns = 20;
  rows = 5;
  written: string[] = [];

  write(text: string): void {
    this.written.push(text);
  }

  /** What was written since the last call. */
  take(): string {
    return this.written.splice(0).join('');
  }
}

function open(): {terminal: FakeTerminal; screen: Screen} {
  const terminal = new FakeTerminal();
  const screen = new Screen(terminal);
  screen.enter();
  return {terminal, screen};
}

describe('Screen', () => {
  it('uses the alternate screen and gives everything back once', () => {
    const {terminal, screen} = open();
    assert.match(terminal.take(), /^\u001B\[\?1049h\u001B\[\?25l/);
    screen.leave();
    assert.match(terminal.take(), /\u001B\[\?25h\u001B\[\?1049l$/);
    screen.leave();
    screen.write('late');
    assert.equal(terminal.take(), '');
    assert.equal(terminal.listenerCount('resize'), 0);
  });

  it('writes only the lines that changed', () => {
    const {terminal, screen} = open();
    screen.write('one\ntwo\nthree');
    terminal.take();
    screen.write('one\n2\nthree');
    assert.equal(terminal.take(), '\u001B[?2026h\u001B[2;1H2\u001B[K\u001B[?2026l');
    screen.write('one\n2\nthree');
    assert.equal(terminal.take(), '');
    screen.write('one');
    assert.match(terminal.take(), /\u001B\[2;1H\u001B\[K\u001B\[3;1H\u001B\[K/);
  });

  it('never writes below the last row and never clears while it draws', () => {
    const {terminal, screen} = open();
    terminal.take();
    screen.write(Array.from({length: 50}, (_, at) => `line ${at}`).join('\n'));
    const text = terminal.take();
    assert.match(text, /line 4/);
    assert.doesNotMatch(text, /line 5|\n|\u001B\[[23]?J/);
  });

  it('does not erase the last character of a full line', () => {
    const {terminal, screen} = open();
    terminal.take();
    screen.write(`\u001B[31m${'x'.repeat(20)}\u001B[39m`);
    assert.doesNotMatch(terminal.take(), /\u001B\[K/);
  });

  it('begins anew when the size changes, and says so', () => {
    const {terminal, screen} = open();
    screen.write('one');
    terminal.take();
    let told = 0;
    screen.on('resize', () => (told += 1));
    terminal.columns = 30;
    terminal.emit('resize');
    assert.equal(told, 1);
    assert.deepEqual(screen.size, {columns: 30, rows: 5});
    assert.equal(screen.columns, 30);
    screen.write('one');
    assert.match(terminal.take(), /^\u001B\[2J.*one/);
  });

  it('assumes 80x24 when the terminal does not say', () => {
    const terminal = new FakeTerminal();
    terminal.columns = 0;
    terminal.rows = 0;
    assert.deepEqual(new Screen(terminal).size, {columns: 80, rows: 24});
  });
});
