import assert from 'node:assert/strict';
import {Lines} from '../../../src/views/status/Lines.tsx';
import {show} from './show.ts';

describe('Lines', () => {
  it('shows no more lines than its height', () => {
    assert.deepEqual(show(<Lines lines={['a', '', 'c', 'd']} height={3} />), ['a', '', 'c']);
  });

  it('keeps its height when there is less', () => {
    assert.deepEqual(show(<Lines lines={['a']} height={3} />), ['a', '', '']);
  });
});
