import assert from 'node:assert/strict';
import {summarize} from '../../src/manifest/index/derive.ts';
import {renderQueue} from '../../src/views/queue.ts';
import type {QueuedTicket, TargetQueue} from '../../src/workspace/queue.ts';
import {idOf, NOON, now, PLAIN, sampleRun} from './samples.ts';

const OPTIONS = {width: 100, paint: PLAIN, now};
const MINUTE = 60_000;

const RUN = summarize(sampleRun({status: 'running', name: 'snow', kind: 'transfer'}));
const THEIRS = {job: idOf('9'), run: null, owner: null};
const TICKET: QueuedTicket = {
  ...{job: RUN.id, run: RUN, owner: null},
  ...{place: 1, waiting: null, isHeld: false, isDead: false},
  ...{gpus: 2, sinceMs: 3 * MINUTE, estimatedStart: new Date(NOON + 12 * MINUTE).toISOString()},
};
const QUEUE: TargetQueue = {
  target: 'lambda',
  problem: null,
  canQueue: true,
  running: [
    {gpu: {index: 0, uuid: 'GPU-aa', name: 'H100'}, holder: THEIRS, sinceMs: MINUTE},
    {gpu: {index: 1, uuid: 'GPU-bb', name: 'H100'}, holder: null, sinceMs: null},
  ],
  waiting: [TICKET],
  closed: [],
};

const show = (changes: Partial<TargetQueue> = {}): string => renderQueue([{...QUEUE, ...changes}], OPTIONS);
const showTicket = (changes: Partial<QueuedTicket>): string => show({waiting: [{...TICKET, ...changes}]});

describe('renderQueue', () => {
  it('shows GPUs, then the line in its order', () => {
    assert.deepEqual(show().split('\n'), [
      'lambda',
      '  GPU     RUN                                FOR  NAME',
      '  0 H100  rs_99999999 (another workspace)  1 min',
      '  1 H100  free',
      '  PLACE  RUN          MODEL    GPUS    FOR  STARTS           NAME',
      '  1      rs_1a2b3c4d  preview     2  3 min  in about 12 min  snow',
    ]);
  });

  it('never makes up when a run starts', () => {
    assert.match(showTicket({estimatedStart: null}), /unknown/);
    assert.match(showTicket({isHeld: true, place: null}), /held +rs_1a2b3c4d .*when released/);
    assert.match(showTicket({isDead: true, place: null}), /lost +rs_1a2b3c4d .*when a cosmos looks after it/);
    const waiting = {for: 'runs' as const, runs: [idOf('5')]};
    assert.match(showTicket({place: null, waiting}), /after rs_55555555/);
  });

  it('hides nothing that it does not know', () => {
    const unknown = {job: null, run: null, owner: 'mona'};
    assert.match(showTicket({...unknown, place: null}), /unknown \(user mona\)/);
    assert.match(show({closed: ['mona']}), /mona has a line of their own here, which cannot be seen/);
    assert.match(show({waiting: []}), /Nobody waits/);
    assert.match(show({canQueue: false}), /flock is not there/);
    assert.match(show({running: []}), /No GPU was seen/);
  });

  it('says what it has from the documents', () => {
    const holder = {job: RUN.id, run: RUN, owner: null};
    const running = [{gpu: null, holder, sinceMs: MINUTE}];
    const text = show({problem: 'lambda cannot be reached.', running, waiting: []});
    assert.match(text, /^lambda\n {2}lambda cannot be reached\.\n {2}It could not be asked\./);
    assert.match(text, /rs_1a2b3c4d +preview +1 min/);
    assert.doesNotMatch(text, /Nobody waits|No GPU/);
    assert.match(show({problem: 'off', running: [], waiting: []}), /No run of this workspace is open there/);
  });
});
