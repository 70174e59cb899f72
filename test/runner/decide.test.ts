import assert from 'node:assert/strict';
import {decide, type Action, type Observation} from '../../src/runner/decide.ts';
import type {Part} from '../../src/runner/sharing/part.ts';
import {TRANSITIONS} from '../../src/runner/transitions.ts';
import type {Waiting} from '../../src/runner/waiting.ts';
import {makeExit, makeRun, STATUSES} from './run-document.ts';

const OTHERS: Waiting = {for: 'runs', runs: [`rs_${'0'.repeat(32)}`]};
const CANCEL = {at: '2026-01-02T03:04:05.000Z', by: 'test'};

function* observations(): Generator<Observation> {
  for (const isClaimed of [false, true])
    for (const exit of [undefined, makeExit()])
      for (const supervisor of ['alive', 'dead', 'unknown'] as const)
        for (const isCancelDelivered of [false, true])
          for (const isStarted of [false, true])
            for (const waiting of [undefined, OTHERS])
              yield {isClaimed, exit, supervisor, isCancelDelivered, isStarted, waiting};
}

interface Case {
  status: (typeof STATUSES)[number];
  isCancelled: boolean;
  seen: Observation;
  action: Action;
}

function* cases(): Generator<Case> {
  for (const status of STATUSES)
    for (const isCancelled of [false, true])
      for (const seen of observations()) {
        const run = makeRun({status, cancelRequested: isCancelled ? CANCEL : null});
        yield {status, isCancelled, seen, action: decide(run, seen)};
      }
}

function only(wanted: Partial<Case>, seen: Partial<Observation> = {}): Action[] {
  return Array.from(cases())
    .filter((found) => wanted.status === undefined || found.status === wanted.status)
    .filter((found) => wanted.isCancelled === undefined || found.isCancelled === wanted.isCancelled)
    .filter((found) =>
      Object.entries(seen).every(([key, value]) => found.seen[key as keyof Observation] === value),
    )
    .map(({action}) => action);
}

function doing(actions: readonly Action[]): string[] {
  return Array.from(
    new Set(actions.map((action) => (action.do === 'advance' ? `to ${action.to}` : action.do))),
  ).sort();
}

describe('decide', () => {
  it('advances only by ways that exist', () => {
    for (const {status, action} of cases())
      if (action.do === 'advance')
        assert.ok(TRANSITIONS[status].includes(action.to), `${status} ${action.to}`);
  });

  it('does nothing about a run that has ended', () => {
    for (const status of ['completed', 'failed', 'cancelled'] as const)
      assert.deepEqual(doing(only({status})), ['nothing']);
  });

  it('goes from queued to submitted whatever is seen', () => {
    const free = {waiting: undefined};
    assert.deepEqual(doing(only({status: 'queued', isCancelled: false}, free)), ['to preparing']);
    assert.deepEqual(doing(only({status: 'preparing', isCancelled: false})), ['prepare']);
    assert.deepEqual(doing(only({status: 'uploading', isCancelled: false})), ['upload']);
  });

  it('leaves a run queued while it waits for others', () => {
    assert.deepEqual(doing(only({status: 'queued', isCancelled: false}, {waiting: OTHERS})), ['wait']);
  });

  it('ends a queued run as its part of a batch did', () => {
    const [seen] = observations();
    assert.ok(seen);
    const after = (part: Part, cancelRequested: typeof CANCEL | null = null): Action =>
      decide(makeRun({status: 'queued', cancelRequested}), {...seen, part});
    for (const to of ['completed', 'failed', 'cancelled'] as const) {
      const part = {to, reason: 'made elsewhere', changes: {}};
      assert.deepEqual(after(part), {do: 'take', part});
      assert.deepEqual(after(part, CANCEL), to === 'completed' ? {do: 'take', part} : {do: 'cancel'});
    }
    const reason = 'not made';
    assert.deepEqual(after({to: 'alone', reason}), {do: 'advance', to: 'preparing', reason});
  });

  it('cancels at once what was never submitted', () => {
    for (const status of ['queued', 'preparing', 'uploading'] as const)
      assert.deepEqual(doing(only({status, isCancelled: true})), ['cancel']);
  });

  it('starts a submitted run only while nobody has claimed it', () => {
    const free = {exit: undefined, isClaimed: false};
    assert.deepEqual(doing(only({status: 'submitted', isCancelled: false}, free)), ['start']);
    assert.deepEqual(doing(only({status: 'submitted', isCancelled: true}, free)), ['forestall']);
    for (const {status, seen, action} of cases())
      if (action.do === 'start' || action.do === 'forestall')
        assert.ok(status === 'submitted' && !seen.isClaimed && !seen.exit);
  });

  it('sees a claimed run running and an ended one collected', () => {
    assert.deepEqual(
      doing(only({status: 'submitted'}, {exit: undefined, isClaimed: true, isStarted: true})),
      ['to running'],
    );
    const ended = Array.from(cases()).filter(({seen}) => seen.exit !== undefined);
    for (const {status, action} of ended)
      if (status === 'submitted' || status === 'running')
        assert.deepEqual(doing([action]), ['to collecting']);
    assert.deepEqual(doing(only({status: 'collecting'})), ['collect']);
  });

  it('delivers a cancel once, before anything else', () => {
    const undelivered = {exit: undefined, isCancelDelivered: false};
    assert.deepEqual(doing(only({status: 'running', isCancelled: true}, undelivered)), ['deliver cancel']);
    const delivered = {...undelivered, isCancelDelivered: true};
    assert.deepEqual(doing(only({status: 'running', isCancelled: true}, delivered)), ['adopt', 'wait']);
    assert.ok(!doing(only({isCancelled: false})).includes('deliver cancel'));
  });

  it('leaves a job that was not started submitted', () => {
    const inLine = {exit: undefined, isClaimed: true, isStarted: false, isCancelDelivered: false};
    assert.deepEqual(doing(only({status: 'submitted', isCancelled: false}, inLine)), ['adopt', 'wait']);
    assert.deepEqual(doing(only({status: 'submitted', isCancelled: true}, inLine)), ['deliver cancel']);
  });

  it('takes over only from a supervisor that is proven dead', () => {
    for (const {status, seen, action} of cases())
      if (action.do === 'adopt')
        assert.ok((status === 'running' || !seen.isStarted) && seen.supervisor === 'dead' && !seen.exit);
    const quiet = {exit: undefined, supervisor: 'unknown'} as const;
    assert.deepEqual(doing(only({status: 'running', isCancelled: false}, quiet)), ['wait']);
    assert.deepEqual(doing(only({status: 'running', isCancelled: false}, {...quiet, supervisor: 'dead'})), [
      'adopt',
    ]);
  });
});
