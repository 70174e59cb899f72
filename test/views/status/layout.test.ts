import assert from 'node:assert/strict';
import fc from 'fast-check';
import {layOut, windowAround} from '../../../src/views/status/layout.ts';

describe('layOut', () => {
  it('never uses more rows than the screen has, less one', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 200}),
        fc.integer({min: 1, max: 80}),
        fc.nat(100),
        (columns, rows, runs) => {
          const {isTooSmall, list, pane, full} = layOut({columns, rows}, runs);
          if (isTooSmall) return;
          // Title, head, footer; a pane has a title too.
          assert.ok(3 + list + (pane > 0 ? pane + 1 : 0) <= rows - 1);
          assert.ok(3 + full <= rows - 1);
          assert.ok(list >= 1);
        },
      ),
    );
  });

  it('asks for 40x10', () => {
    assert.equal(layOut({columns: 39, rows: 30}, 1).isTooSmall, true);
    assert.equal(layOut({columns: 100, rows: 9}, 1).isTooSmall, true);
    assert.equal(layOut({columns: 40, rows: 10}, 1).isTooSmall, false);
  });

  it('shows the list only below 60 columns', () => {
    assert.equal(layOut({columns: 59, rows: 40}, 3).pane, 0);
    assert.ok(layOut({columns: 60, rows: 40}, 3).pane > 20);
  });

  it('gives a long list half of the room', () => {
    assert.deepEqual(layOut({columns: 100, rows: 30}, 500), {
      isTooSmall: false,
      list: 13,
      pane: 12,
      full: 26,
    });
    assert.equal(layOut({columns: 100, rows: 30}, 4).list, 4);
  });
});

describe('windowAround', () => {
  it('always contains the chosen entry and is as full as it can be', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 300}),
        fc.integer({min: 1, max: 40}),
        fc.nat(),
        (total, height, seed) => {
          const index = seed % total;
          const {from, to} = windowAround(index, total, height);
          assert.ok(from <= index && index < to && from >= 0 && to <= total);
          assert.equal(to - from, Math.min(total, height));
        },
      ),
    );
  });
});
