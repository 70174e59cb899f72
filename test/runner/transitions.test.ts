import assert from 'node:assert/strict';
import fc from 'fast-check';
import {advance, isTerminal, phaseTimes, TRANSITIONS, type RunStatus} from '../../src/runner/transitions.ts';
import {makeRun, STATUSES} from './run-document.ts';

/** The ways that the documentation promises: forward one by one, out early, and back for a retry. */
const WAYS = new Set([
  'queued completed',
  'queued preparing',
  'queued failed',
  'queued cancelled',
  'queued completed',
  'preparing uploading',
  'preparing failed',
  'preparing cancelled',
  'uploading submitted',
  'uploading failed',
  'uploading cancelled',
  'submitted running',
  'submitted collecting',
  'submitted failed',
  'submitted cancelled',
  'running collecting',
  'collecting preparing',
  'collecting completed',
  'collecting failed',
  'collecting cancelled',
]);

const ENDS = ['completed', 'failed', 'cancelled'];

const step = (to: RunStatus) => ({to, at: '2026-01-02T03:04:06.000Z', by: 'test', reason: 'because'});

describe('advance', () => {
  for (const from of STATUSES) {
    it(`leaves ${from} only by the known ways`, () => {
      for (const to of STATUSES) {
        const run = makeRun({status: from});
        if (WAYS.has(`${from} ${to}`)) assert.equal(advance(run, step(to)).status, to);
        else assert.throws(() => advance(run, step(to)), new RegExp(`cannot go from ${from} to ${to}`));
      }
    });
  }

  it('records an event for each step', () => {
    const run = advance(makeRun(), step('preparing'), {notes: 'changed too'});
    assert.deepEqual(run.events.at(-1), {seq: 2, from: 'queued', ...step('preparing')});
    assert.equal(run.notes, 'changed too');
  });

  it('enters a terminal state once, whatever is tried', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<RunStatus>(...STATUSES), {maxLength: 60}), (tries) => {
        let run = makeRun();
        for (const to of tries) {
          try {
            run = advance(run, step(to));
          } catch {
            // Not a way.
          }
        }
        assert.ok(run.events.filter(({to}) => ENDS.includes(to)).length <= 1);
        assert.deepEqual(
          run.events.map(({seq}) => seq),
          run.events.map((_, index) => index + 1),
        );
        for (const [index, event] of run.events.entries())
          assert.equal(event.from, run.events[index - 1]?.to ?? null);
      }),
    );
  });
});

describe('isTerminal', () => {
  it('is true for the three ends', () => {
    assert.deepEqual(STATUSES.filter(isTerminal), ['completed', 'failed', 'cancelled']);
    assert.deepEqual(Object.keys(TRANSITIONS).sort(), [...STATUSES].sort());
  });
});

describe('phaseTimes', () => {
  it('adds up what every visit took, never below 0', () => {
    const at = (second: number) => `2026-01-02T03:04:${String(second).padStart(2, '0')}.000Z`;
    const event = (seq: number, to: RunStatus, second: number) => ({
      seq,
      at: at(second),
      from: null,
      to,
      by: 'test',
      reason: '',
    });
    const events = [
      event(1, 'queued', 0),
      event(2, 'running', 2),
      event(3, 'collecting', 5),
      event(4, 'preparing', 6),
      event(5, 'running', 4),
      event(6, 'collecting', 9),
    ];
    assert.deepEqual(phaseTimes(makeRun({events})), {
      queued: 2000,
      running: 8000,
      collecting: 1000,
      preparing: 0,
    });
  });
});
