import assert from 'node:assert/strict';
import {renderStatus} from '../../src/views/status-table.ts';
import type {DashboardRow} from '../../src/views/status/source.ts';
import {ago, idOf, now, PLAIN, sampleRows, summaryOf} from './samples.ts';

const OPTIONS = {width: 120, paint: PLAIN, now};

describe('renderStatus', () => {
  it('shows active runs first, each with the age of its newest fact', () => {
    const lines = renderStatus(sampleRows(), OPTIONS).split('\n');
    assert.deepEqual(
      lines.slice(1, 7).map((line) => line.slice(0, 26).trimEnd()),
      [
        'rs_aa11bb22  ● running',
        'rs_cc33dd44  ● cancelling',
        'rs_ee55ff66  ◌ queued',
        'rs_1a2b3c4d  ✓ completed',
        'rs_5e6f7a8b  ✗ failed',
        'rs_9a8b7c6d  ⊘ cancelled',
      ],
    );
    assert.match(
      lines[1] ?? '',
      /████░░░░ {2}51 % {2}denoise .* 12 m 34 s {5}2 s {2}transfer {2}golden hour/,
    );
    assert.match(lines[2] ?? '', /denoise \(elsewhere\)/);
    assert.match(lines[5] ?? '', /gpu\.memory/);
  });

  it('says how much longer runs take, where it is known', () => {
    assert.doesNotMatch(renderStatus(sampleRows(), OPTIONS), /LEFT/);
    const [first, second, ...others] = sampleRows().map((row): DashboardRow => ({...row}));
    assert.ok(first && second);
    first.timeLeft = {leftMs: 150_000, isOverdue: false};
    second.timeLeft = {leftMs: null, isOverdue: true};
    const [head, ...lines] = renderStatus([first, second, ...others], OPTIONS).split('\n');
    assert.match(head ?? '', / TIME +LEFT +SEEN /);
    assert.match(lines[0] ?? '', / 12 m 34 s +~2 min +2 s /);
    assert.match(lines[1] ?? '', / overdue /);
  });

  it('says which may hang', () => {
    const [first, ...others] = sampleRows().map((row): DashboardRow => ({...row}));
    assert.ok(first);
    first.stall = {silentMs: 12 * 60_000, longestMs: 3 * 60_000};
    const text = renderStatus([first, ...others], OPTIONS);
    assert.match(text, /rs_aa11bb22 {2}● running +silent 12 min +denoise/);
    assert.match(
      text,
      /^rs_aa11bb22 may hang: silent for 12 m 00 s, before at most 3 m 00 s\. It goes on until/m,
    );
  });

  it('shows only the last few that have ended', () => {
    const rows = Array.from({length: 20}, (_, at) => ({
      summary: summaryOf({id: idOf(`${at + 10}`), since: ago(at)}),
      stage: 'completed',
    }));
    const text = renderStatus(rows, OPTIONS);
    assert.equal(text.match(/✓/g)?.length, 5);
    assert.match(text, /rs_10101010/);
    assert.match(text, /No run is active\./);
  });

  it('names targets that do not answer, once each', () => {
    const rows = ['1', '2'].map((digit) => ({
      summary: summaryOf({id: idOf(digit), status: 'running', target: 'lambda'}),
      stage: 'unreachable',
      trouble: 'it takes no connections.',
    }));
    const text = renderStatus(rows, OPTIONS);
    assert.equal(text.match(/lambda: it takes no connections\. Its runs go on/g)?.length, 1);
    assert.match(text, /RUN .* TARGET\n.* unreachable .* lambda\n/);
    assert.doesNotMatch(renderStatus(sampleRows(), OPTIONS), /TARGET/);
  });

  it('says on narrow screens why nothing moves', () => {
    const waiting = {for: 'gpu', place: 2, of: 3, at: ago(60)} as const;
    const active = (digit: string, stage: string): DashboardRow => ({
      summary: summaryOf({id: idOf(digit), status: 'submitted', target: 'lambda', waiting}),
      stage,
    });
    const rows = [active('1', 'submitted'), active('2', 'unreachable')];
    for (const width of [60, 80, 120]) {
      const text = renderStatus(rows, {...OPTIONS, width});
      assert.match(text, /submitted +2 of 3 in line/);
      assert.match(text, /submitted +unreachable/);
    }
  });

  it('says what SEEN means, and what a preview is', () => {
    assert.match(renderStatus(sampleRows(), OPTIONS), /3 active runs\. SEEN is how long ago .*\npreview: /);
  });

  it('says so when there is nothing', () => {
    assert.match(renderStatus([], OPTIONS), /^No run is active, and none has ended yet\./);
  });
});
