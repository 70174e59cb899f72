import assert from 'node:assert/strict';
import {formatProgress, ProgressLine, type ProgressFacts} from '../../src/views/progress-line.ts';
import {idOf} from './samples.ts';

const FACTS: ProgressFacts = {
  id: idOf('1a2b3c4d'),
  stage: 'running',
  progress: {done: 12, total: 48, phase: 'compose'},
  elapsedMs: 3100,
};
const at = (done: number, changes: Partial<ProgressFacts> = {}): ProgressFacts => ({
  ...FACTS,
  progress: {done, total: 48, phase: 'compose'},
  ...changes,
});

function streamOf(
  isTTY: boolean,
  columns = 80,
): {isTTY: boolean; columns: number; written: string[]; write: (text: string) => void} {
  const written: string[] = [];
  return {isTTY, columns, written, write: (text) => void written.push(text)};
}

describe('formatProgress', () => {
  it('says id, stage, progress and time', () => {
    assert.equal(formatProgress(FACTS), 'rs_1a2b3c4d  running  compose 12/48  25 %  3 s');
    assert.equal(
      formatProgress({...FACTS, stage: 'queued', progress: undefined}),
      'rs_1a2b3c4d  queued  3 s',
    );
  });

  it('says how much longer it takes', () => {
    const left = (leftMs: number | null, isOverdue = false): string =>
      formatProgress({...FACTS, timeLeft: {leftMs, isOverdue}});
    assert.match(left(125_000), /25 % {2}3 s {2}about 2 m 05 s left$/);
    assert.match(left(null, true), / {2}longer than usual$/);
    assert.match(left(9000, true), / {2}longer than usual, about 9 s left$/);
  });

  it('says that it may hang', () => {
    const stall = {silentMs: 12 * 60_000, longestMs: 3 * 60_000};
    assert.match(
      formatProgress({...FACTS, stall}),
      / {2}3 s {2}silent for 12 m 00 s, before at most 3 m 00 s$/,
    );
  });

  it('treats the words of programs as data', () => {
    assert.doesNotMatch(
      formatProgress({...FACTS, progress: {done: 1, total: 2, phase: 'a\u001B[2J\nb'}}),
      /\p{Cc}/u,
    );
  });
});

describe('ProgressLine', () => {
  it('rewrites one line on a terminal', () => {
    const stream = streamOf(true);
    const line = new ProgressLine(stream);
    line.update(at(1));
    line.update(at(1));
    line.update(at(2));
    assert.equal(stream.written.length, 2);
    for (const text of stream.written) assert.match(text, /^\r\u001B\[2K[^\n]*$/);
    line.done();
    line.done();
    assert.deepEqual(stream.written.slice(2), ['\r\u001B[2K']);
  });

  it('never lets the line wrap', () => {
    const stream = streamOf(true, 20);
    new ProgressLine(stream).update(FACTS);
    assert.equal(stream.written[0]?.replace('\r\u001B[2K', '').length, 19);
  });

  it('writes a line elsewhere when a run takes longer than usual, and when it may hang', () => {
    const stream = streamOf(false);
    const line = new ProgressLine(stream);
    const overdue = {leftMs: null, isOverdue: true};
    const stall = {silentMs: 120_000, longestMs: 60_000};
    line.update({...FACTS, timeLeft: {leftMs: 9000, isOverdue: false}});
    line.update({...FACTS, timeLeft: {leftMs: 5000, isOverdue: false}});
    for (const elapsedMs of [8000, 9000]) line.update({...FACTS, elapsedMs, timeLeft: overdue});
    for (const silentMs of [120_000, 180_000])
      line.update({...FACTS, timeLeft: overdue, stall: {...stall, silentMs}});
    assert.equal(stream.written.length, 3);
    assert.match(stream.written[1] ?? '', /longer than usual\n$/);
    assert.match(
      stream.written[2] ?? '',
      /longer than usual {2}silent for 2 m 00 s, before at most 1 m 00 s\n$/,
    );
  });

  it('writes a line per stage and tenth elsewhere', () => {
    const stream = streamOf(false);
    const line = new ProgressLine(stream);
    line.update({...FACTS, stage: 'queued', progress: undefined});
    for (let done = 0; done <= 48; done += 1) line.update(at(done, {elapsedMs: done * 1000}));
    line.update({...FACTS, stage: 'collecting', progress: undefined});
    line.done();
    assert.equal(stream.written.length, 1 + 11 + 1);
    assert.ok(stream.written.every((text) => /^rs_1a2b3c4d {2}[^\u001B\r]*\n$/.test(text)));
  });

  it('writes plain lines on a dumb terminal', () => {
    const stream = streamOf(true);
    new ProgressLine(stream, {TERM: 'dumb'}).update(FACTS);
    assert.deepEqual(stream.written, [`${formatProgress(FACTS)}\n`]);
  });
});
