import assert from 'node:assert/strict';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {summarize} from '../../src/manifest/index/derive.ts';
import {fullCost, shortCost} from '../../src/views/cost.ts';
import {ago, NOON, sampleRun} from './samples.ts';

const PRICES = {lambda: {perHour: 2.5, currency: 'EUR'}};

/** A run that has been running for so many seconds. */
function runningFor(seconds: number): RunDocument {
  const run = sampleRun({status: 'running'});
  const event = {seq: 1, from: null, to: 'running' as const, at: ago(seconds), by: 'test', reason: 'it runs'};
  return {...run, execution: {...run.execution, target: 'lambda'}, events: [event]};
}

describe('fullCost', () => {
  it('multiplies whole and partial hours while it runs', () => {
    const texts = [0, 36, 5400, 7200, 432_000].map((seconds) =>
      fullCost(runningFor(seconds), {prices: PRICES, now: NOON}),
    );
    assert.deepEqual(texts, [
      '0.00 EUR so far, 0 s at 2.5 EUR/h',
      '0.0250 EUR so far, 36 s at 2.5 EUR/h',
      '3.75 EUR so far, 1 h 30 m at 2.5 EUR/h',
      '5.00 EUR so far, 2 h 00 m at 2.5 EUR/h',
      '300.00 EUR so far, 5 d 00 h at 2.5 EUR/h',
    ]);
  });

  it('says of an ended run what it came to', () => {
    const run = sampleRun({cost: {amount: 1.25, currency: 'EUR', pricePerHour: 2.5}});
    run.execution = {...run.execution, phaseMs: {running: 1_800_000}};
    assert.equal(fullCost(run, {now: NOON}), '1.25 EUR, 30 m 00 s at 2.5 EUR/h');
  });

  it('is silent where nobody said a price', () => {
    assert.equal(fullCost(runningFor(60), {prices: {}, now: NOON}), '');
    assert.equal(fullCost({...runningFor(60), status: 'collecting'}, {prices: PRICES, now: NOON}), '');
  });
});

describe('shortCost', () => {
  it('marks what is not final', () => {
    const running = summarize(runningFor(3600));
    assert.equal(shortCost(running, {prices: PRICES, now: NOON}), '2.50 EUR so far');
    assert.equal(shortCost({...running, cost: {amount: 3, currency: 'EUR'}}, {now: NOON}), '3.00 EUR');
  });
});
