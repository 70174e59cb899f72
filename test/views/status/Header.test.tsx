import assert from 'node:assert/strict';
import {Header} from '../../../src/views/status/Header.tsx';
import {FakeSource, NOON, PLAIN} from '../samples.ts';
import {show, widest} from './show.ts';

const state = new FakeSource().state;
const header = (width: number, changes = {}, workspace = 'night-city'): string =>
  show(
    <Header workspace={workspace} state={{...state, ...changes}} width={width} paint={PLAIN} now={NOON} />,
  )[0] ?? '';

describe('Header', () => {
  it('names the workspace, the active runs and the age of the newest fact', () => {
    assert.match(header(80), /^cosmos · night-city {2}● 2 running {2}◌ 1 queued {2,}newest fact 2 s ago$/);
  });

  it('counts ended runs only when all were counted', () => {
    assert.doesNotMatch(header(100), /completed|failed/);
    const counts = {running: 2, queued: 1, completed: 12_345, failed: 17};
    assert.match(header(100, {counts}), /✗ 17 failed {2}✓ 12,345 completed/);
  });

  it('fills the width exactly and never exceeds it', () => {
    const counts = {running: 2, queued: 1, completed: 12_345, failed: 17, cancelled: 3};
    for (let width = 40; width <= 100; width += 1)
      assert.equal(widest([header(width, {counts}, '夜の街のとても長い名前の作業場')]), width);
  });

  it('does without a workspace and without runs', () => {
    assert.equal(header(80, {rows: []}, ''), 'cosmos');
  });
});
