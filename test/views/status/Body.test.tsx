import assert from 'node:assert/strict';
import {Body} from '../../../src/views/status/Body.tsx';
import {layOut} from '../../../src/views/status/layout.ts';
import {choose, INITIAL, type UiState} from '../../../src/views/status/ui-state.ts';
import {FakeSource, idOf, now, PLAIN} from '../samples.ts';
import {show} from './show.ts';

describe('Body', () => {
  const source = new FakeSource();
  source.setSelected(idOf('aa11bb22'));
  const {state} = source;
  const ui = choose(INITIAL, state.rows);
  const lines = Array.from({length: 90}, (_, at) => `fact ${at + 1}`);
  const body = (changes: Partial<UiState>, size = {columns: 80, rows: 24}): string[] => {
    const layout = layOut(size, state.rows.length);
    return show(
      <Body
        state={state}
        ui={{...ui, ...changes}}
        layout={layout}
        lines={lines}
        width={size.columns}
        paint={PLAIN}
        now={now}
      />,
    );
  };

  it('has the same height in every view', () => {
    for (const view of ['list', 'detail', 'log', 'help'] as const) assert.ok(body({view}).length <= 21, view);
  });

  it('says where a full view stands', () => {
    assert.match(
      body({view: 'detail', scroll: 10})[0] ?? '',
      /^─ details of rs_aa11bb22 ─+ line 30 of 90 ─$/,
    );
    assert.equal(body({view: 'detail', scroll: 10})[1], 'fact 11');
    assert.equal(body({view: 'detail', scroll: 999}).at(-1), 'fact 90');
    assert.match(body({view: 'log', scroll: 3})[0] ?? '', /^─ log of rs_aa11bb22 ─+ line 197 of 200 ─$/);
    assert.match(body({view: 'log'})[0] ?? '', /following the end/);
  });

  it('shows the chosen pane beside the list', () => {
    assert.match(body({pane: 'log'}).join('\n'), /^─ log of rs_aa11bb22 ─+ 1 of 6 runs ─$/m);
    assert.doesNotMatch(body({}, {columns: 50, rows: 12}).join('\n'), /─/);
  });
});
