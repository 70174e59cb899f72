import assert from 'node:assert/strict';
import {Footer} from '../../../src/views/status/Footer.tsx';
import {PLAIN} from '../samples.ts';
import {show, widest} from './show.ts';

const footer = (width: number, props: Partial<Parameters<typeof Footer>[0]> = {}): string =>
  show(<Footer view="list" width={width} paint={PLAIN} {...props} />)[0] ?? '';

describe('Footer', () => {
  it('shows the keys that matter in each view', () => {
    assert.equal(footer(100), 'j/k choose  tab details/log  enter more  l log  x cancel  ? help  q leave');
    assert.equal(footer(100, {view: 'full'}), 'j/k scroll  tab details/log  esc back  ? help  q leave');
  });

  it('keeps help and leave on the smallest screens', () => {
    for (let width = 40; width < 100; width += 1) {
      assert.match(footer(width), /\? help {2}q leave$/);
      assert.ok(widest([footer(width)]) <= width);
    }
  });

  it('never cuts the answers to a question', () => {
    const question = `Cancel rs_1a2b3c4d, "${'long '.repeat(30)}"?`;
    assert.match(footer(50, {question}), /^Cancel rs_1a2b3c4d, "long.*… {2}y yes {2}n no$/);
    assert.ok(widest([footer(50, {question})]) <= 50);
  });

  it('shows a message instead of the keys', () => {
    assert.equal(
      footer(60, {message: 'the box does not\u001B[2J answer'}),
      'the box does not answer  ? help',
    );
    assert.match(footer(60, {message: 'x', question: 'Cancel?'}), /^Cancel\?/);
  });
});
