import assert from 'node:assert/strict';
import fc from 'fast-check';
import type {RunSummary} from '../../src/manifest/index/derive.ts';
import {renderRunList, type RunListOptions} from '../../src/views/run-list.ts';
import {displayWidth} from '../../src/views/text.ts';
import {ago, ASCII, idOf, now, PLAIN, sampleRows, summaryOf} from './samples.ts';

function list(summaries: RunSummary[], options: Partial<RunListOptions> = {}): string[] {
  const defaults = {width: 140, paint: PLAIN, now, total: summaries.length};
  return renderRunList(summaries, {...defaults, ...options}).split('\n');
}

describe('renderRunList', () => {
  const failed = summaryOf({
    id: idOf('5e6f7a8b'),
    kind: 'transfer',
    model: 'transfer2.5',
    status: 'failed',
    failure: 'gpu.memory',
    outputs: 0,
    name: 'hero shot',
  });

  it('shows everything where there is room', () => {
    assert.deepEqual(list([summaryOf(), failed]).slice(0, 3), [
      'ID           STATUS       MODEL          AGE      TIME    OUTPUTS  FAILURE     SCENE  PROMPT',
      'rs_1a2b3c4d  ✓ completed  preview      2 min  1 m 05 s  3, 1.6 MB              city   a rainy street at night, neon reflections on wet asph…',
      'rs_5e6f7a8b  ✗ failed     transfer2.5  2 min  1 m 05 s             gpu.memory  city   hero shot: a rainy street at night, neon reflections…',
    ]);
  });

  it('shows id, status and age on the smallest screens', () => {
    assert.deepEqual(list([summaryOf()], {width: 50}).slice(0, 2), [
      'ID           STATUS         AGE',
      'rs_1a2b3c4d  ✓ completed  2 min',
    ]);
  });

  it('lets the time of an active run grow', () => {
    const [, line] = list([summaryOf({status: 'running', createdAt: ago(61), since: ago(50)})]);
    assert.match(line ?? '', /1 min {2}1 m 01 s/);
  });

  it('names the model as --model does, then its kind', () => {
    assert.match(
      list([summaryOf({kind: 'custom', model: 'relight'})])[1] ?? '',
      /completed {2}relight {2,}\d/,
    );
    assert.match(list([summaryOf({kind: 'upscale', model: 'cosmos3'})])[1] ?? '', / cosmos3 upscale /);
  });

  it('says how many runs are not shown', () => {
    assert.equal(list([failed], {total: 20_000}).at(-1), '1 of 20,000 runs; --all shows every one');
    assert.equal(list([failed]).at(-1), '1 run');
  });

  it('says what a preview is when there is one', () => {
    assert.match(list([summaryOf()]).at(-1) ?? '', /^preview: .*no model ran/);
    assert.doesNotMatch(list([failed]).join('\n'), /no model ran/);
  });

  it('tells a beginner how to make the first run', () => {
    assert.match(list([]).join(' '), /^No runs yet\..*cosmos run /);
    assert.deepEqual(list([], {isFiltered: true, total: 9}), ['No run matches.']);
  });

  it('treats prompts as data', () => {
    const text = list([summaryOf({prompt: 'a\u001B[2J\u001B]0;x\u0007\nb\u202E', scene: 'c\rd'})]).join('\n');
    assert.match(text, /c d {2,}a b$/m);
    assert.doesNotMatch(text, /[\u001B\u202E\r]/);
  });

  it('has only plain signs of its own on old consoles', () => {
    assert.match(
      list(
        sampleRows()
          .slice(3)
          .map(({summary}) => summary),
        {paint: ASCII, width: 100},
      ).join('\n'),
      /^[\x20-\x7E\n]*$/,
    );
  });

  it('keeps every line within the width', () => {
    const texts = fc.string({unit: 'binary', maxLength: 60});
    fc.assert(
      fc.property(fc.integer({min: 31, max: 160}), texts, texts, (width, prompt, scene) => {
        for (const line of list([summaryOf({prompt, scene, name: scene})], {width}))
          assert.ok(displayWidth(line) <= width, line);
      }),
    );
  });
});
