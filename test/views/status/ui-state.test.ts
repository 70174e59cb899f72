import assert from 'node:assert/strict';
import {act, choose, INITIAL, type UiFacts, type UiState} from '../../../src/views/status/ui-state.ts';
import type {Action} from '../../../src/views/status/keys.ts';
import {idOf, sampleRows} from '../samples.ts';

const rows = sampleRows();
const FACTS: UiFacts = {rows, page: 4, maxScroll: 20, hasPane: true};

/** The state after these actions, from the beginning. */
function after(actions: Action[], facts: Partial<UiFacts> = {}): UiState {
  return actions.reduce((ui, action) => act(ui, action, {...FACTS, ...facts}), choose(INITIAL, rows));
}

describe('choose', () => {
  it('begins with the first run', () => {
    assert.equal(choose(INITIAL, rows).selected, idOf('aa11bb22'));
    assert.equal(choose(INITIAL, []).selected, undefined);
  });

  it('stays on its run while rows move', () => {
    const ui = choose(after(['down']), rows.toReversed());
    assert.equal(ui.selected, idOf('cc33dd44'));
    assert.equal(ui.index, 4);
  });

  it('takes the neighbour when its run is gone', () => {
    assert.equal(choose(after(['last']), rows.slice(0, 5)).selected, idOf('5e6f7a8b'));
    assert.equal(
      choose(
        after(['down']),
        rows.filter((_, at) => at !== 1),
      ).selected,
      idOf('ee55ff66'),
    );
  });
});

describe('act', () => {
  it('moves the choice and stops at both ends', () => {
    const indexes = (
      [
        ['up'],
        ['down'],
        ['pageDown'],
        ['last'],
        ['last', 'down'],
        ['last', 'pageUp'],
        ['last', 'first'],
      ] as Action[][]
    ).map((actions) => after(actions).index);
    assert.deepEqual(indexes, [0, 1, 4, 5, 5, 1, 0]);
    assert.equal(after(['down'], {rows: []}).index, 0);
  });

  it('scrolls a detail from its top and a log from its end', () => {
    assert.equal(after(['detail', 'down', 'down', 'up']).scroll, 1);
    assert.equal(after(['detail', 'last']).scroll, 20);
    assert.equal(after(['log', 'up', 'pageUp']).scroll, 5);
    assert.equal(after(['log', 'first']).scroll, 20);
    assert.equal(after(['log', 'first', 'last']).scroll, 0);
  });

  it('keeps the choice while it scrolls', () => {
    assert.equal(after(['down', 'log', 'up', 'up']).index, 1);
  });

  it('opens and closes views', () => {
    const views = (
      [
        ['detail'],
        ['log'],
        ['help'],
        ['detail', 'back'],
        ['log', 'log'],
        ['help', 'help'],
        ['detail', 'switch'],
      ] as Action[][]
    ).map((actions) => after(actions).view);
    assert.deepEqual(views, ['detail', 'log', 'help', 'list', 'list', 'list', 'log']);
    assert.equal(after(['detail', 'down', 'back', 'detail']).scroll, 0);
  });

  it('switches the pane, or opens the details where there is none', () => {
    assert.equal(after(['switch']).pane, 'log');
    assert.equal(after(['switch', 'switch']).pane, 'detail');
    assert.equal(after(['switch'], {hasPane: false}).view, 'detail');
  });

  it('asks before it cancels, and only what is active', () => {
    assert.equal(after(['cancel']).confirming, idOf('aa11bb22'));
    assert.equal(after(['cancel', 'no']).confirming, undefined);
    assert.equal(after(['down', 'cancel']).confirming, undefined);
    assert.match(after(['down', 'cancel']).notice ?? '', /already asked to stop/);
    assert.match(after(['last', 'cancel']).notice ?? '', /has ended \(cancelled\)/);
    assert.equal(after(['last', 'cancel', 'up']).notice, undefined);
    assert.equal(after(['help', 'cancel']).confirming, undefined);
  });
});
