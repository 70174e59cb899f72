import assert from 'node:assert/strict';
import {DetailPane, detailLines} from '../../../src/views/status/DetailPane.tsx';
import type {DashboardDetail} from '../../../src/views/status/source.ts';
import {failedRun, now, PLAIN, sampleRun} from '../samples.ts';
import {show, widest} from './show.ts';

const log = ['frame 1', 'frame 2', 'frame 3', 'frame 4', 'frame 5'];
const pane = (run: DashboardDetail['run'], height: number, width = 90): string[] =>
  show(
    <DetailPane
      detail={{id: run?.id ?? 'x', run, logTail: log}}
      selected={run?.id ?? 'x'}
      height={height}
      width={width}
      paint={PLAIN}
      now={now}
    />,
  );

describe('DetailPane', () => {
  it('shows prompt, outputs and times of a run', () => {
    const text = pane(sampleRun(), 12).join('\n');
    assert.match(text, /^Prompt {6}a rainy street/);
    assert.match(text, /^ {12}output\.mp4, 1280x704, 48 frames, 24 fps, 2\.00 s, 1\.2 MB$/m);
    assert.match(text, /^Preview {5}No model ran/m);
    assert.match(text, /^Times {7}queued 0\.0 s/m);
  });

  it('says how much longer a run takes', () => {
    const run = sampleRun({status: 'running'});
    const detail = {id: run.id, run, timeLeft: {leftMs: 9000, isOverdue: false}, logTail: []};
    const options = {width: 90, paint: PLAIN, now};
    const brief = show(<DetailPane detail={detail} selected={run.id} height={20} {...options} />);
    assert.match(brief.join('\n'), /^Time left {3}about 9 s left$/m);
    const full = detailLines({detail, selected: run.id}, options);
    assert.match(full.join('\n'), /^Time left {3}about 9 s left$/m);
  });

  it('says that a run may hang', () => {
    const run = sampleRun({status: 'running'});
    const detail = {id: run.id, run, stall: {silentMs: 720_000, longestMs: 180_000}, logTail: []};
    const options = {width: 90, paint: PLAIN, now};
    const brief = show(<DetailPane detail={detail} selected={run.id} height={20} {...options} />).join(' ');
    const full = detailLines({detail, selected: run.id}, options).join(' ');
    for (const text of [brief, full]) {
      const words = text.replaceAll(/\s+/g, ' ');
      assert.match(
        words,
        /May hang its log did not grow for 12 m 00 s, .* silent for 3 m 00 s at most\. It goes on/,
      );
    }
  });

  it('begins with a failure', () => {
    assert.deepEqual(pane(failedRun(), 8)[0], '  gpu.memory: The GPU ran out of memory.');
  });

  it('says how to see what did not fit', () => {
    const lines = pane(failedRun(), 4);
    assert.equal(lines.length, 4);
    assert.equal(lines[3], '… enter shows all of it');
  });

  it('shows the end of the log where lines are left', () => {
    const lines = pane(sampleRun(), 20);
    assert.equal(lines.length, 20);
    const title = lines.findIndex((line) => line.startsWith('─ log'));
    assert.deepEqual(
      lines.slice(title + 1).filter((line) => line !== ''),
      log,
    );
    assert.doesNotMatch(pane(sampleRun(), 12).join('\n'), /─ log/);
  });

  it('never shows one run under the name of another', () => {
    const lines = show(
      <DetailPane
        detail={{id: 'old', run: sampleRun(), logTail: log}}
        selected="new"
        height={6}
        width={80}
        paint={PLAIN}
        now={now}
      />,
    );
    assert.deepEqual(
      lines.filter((line) => line !== ''),
      ['reading the manifest ...'],
    );
    const none = show(
      <DetailPane detail={undefined} selected={undefined} height={6} width={80} paint={PLAIN} now={now} />,
    );
    assert.deepEqual(none.join(''), '');
  });

  it('keeps to its width and height', () => {
    for (const width of [60, 75, 100]) {
      for (const height of [5, 9, 30]) {
        const lines = pane(failedRun(), height, width);
        assert.ok(widest(lines) <= width);
        assert.equal(lines.length, height);
      }
    }
  });
});
