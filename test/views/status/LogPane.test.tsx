import assert from 'node:assert/strict';
import {LogPane} from '../../../src/views/status/LogPane.tsx';
import {PLAIN} from '../samples.ts';
import {show} from './show.ts';

const logTail = Array.from({length: 10_000}, (_, at) => `line ${at}`);
const pane = (scroll: number, lines = logTail): string[] =>
  show(
    <LogPane
      detail={{id: 'a', run: undefined, logTail: lines}}
      selected="a"
      height={3}
      width={20}
      paint={PLAIN}
      scroll={scroll}
    />,
  );

describe('LogPane', () => {
  it('shows the end of the log', () => {
    assert.deepEqual(pane(0), ['line 9997', 'line 9998', 'line 9999']);
    assert.deepEqual(pane(0, ['only']), ['only', '', '']);
  });

  it('scrolls back to the beginning and no further', () => {
    assert.deepEqual(pane(2), ['line 9995', 'line 9996', 'line 9997']);
    assert.deepEqual(pane(20_000), ['line 0', 'line 1', 'line 2']);
  });

  it('shows what programs print as text', () => {
    const lines = pane(0, [
      '\u001B[2J\u001B[31mred\u001B[0m',
      ' 1%|\r99%|###',
      'a line that is longer than the pane',
    ]);
    assert.deepEqual(lines, ['red', '99%|###', 'a line that is long…']);
  });

  it('shows no log of another run', () => {
    const lines = show(
      <LogPane
        detail={{id: 'a', run: undefined, logTail}}
        selected="b"
        height={2}
        width={20}
        paint={PLAIN}
      />,
    );
    assert.deepEqual(lines, ['no log yet', '']);
  });
});
