import assert from 'node:assert/strict';
import {TooSmall} from '../../../src/views/status/TooSmall.tsx';
import {show, widest} from './show.ts';

describe('TooSmall', () => {
  it('says what is needed and how to leave', () => {
    assert.match(
      show(<TooSmall columns={38} rows={8} />).join(' '),
      /has 38x8; the dashboard needs\s+40x10\. q\s+leaves/,
    );
  });

  it('fits even the smallest window', () => {
    const lines = show(<TooSmall columns={12} rows={3} />);
    assert.ok(widest(lines) <= 12);
    assert.ok(lines.length <= 2);
  });
});
