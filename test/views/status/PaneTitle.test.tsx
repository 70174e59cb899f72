import assert from 'node:assert/strict';
import {PaneTitle} from '../../../src/views/status/PaneTitle.tsx';
import {PLAIN} from '../samples.ts';
import {show, widest} from './show.ts';

describe('PaneTitle', () => {
  it('is a rule over the whole width', () => {
    assert.deepEqual(show(<PaneTitle title="log" note="1 of 6" width={24} paint={PLAIN} />), [
      '─ log ───────── 1 of 6 ─',
    ]);
    for (let width = 8; width < 60; width += 1) {
      assert.equal(
        widest(show(<PaneTitle title="details of 日本" note="line 3 of 9" width={width} paint={PLAIN} />)),
        width,
      );
    }
  });

  it('leaves the note out where it does not fit', () => {
    assert.deepEqual(show(<PaneTitle title="log" note="a long note" width={16} paint={PLAIN} />), [
      '─ log ──────────',
    ]);
  });
});
