import assert from 'node:assert/strict';
import {cosmos3} from '../../src/runner/models/cosmos3/adapter.ts';
import {transfer1} from '../../src/runner/models/transfer1/adapter.ts';
import {transfer25} from '../../src/runner/models/transfer2.5/adapter.ts';
import {progressIn, shareIn} from '../../src/runner/progress.ts';

function record(message: string, job = ''): string {
  return `[01-21 08:35:31|${job}INFO|cosmos_transfer2/inference.py:188:_generate_sample] ${message}`;
}

function bar(title: string, done: number, total: number, rate = '13.43s/it'): string {
  const percent = String(Math.floor((100 * done) / total)).padStart(3);
  return `${title}${percent}%|████      | ${done}/${total} [03:08<04:42, ${rate}]`;
}

describe('progressIn', () => {
  it('says the step and the piece of several', () => {
    const lines = [
      record('Generating chunk 1/3'),
      bar('Generating samples: ', 35, 35),
      record('Generating chunk 2/3'),
      bar('Generating samples: ', 14, 35),
    ];
    assert.deepEqual(progressIn(lines, transfer25), {done: 14, total: 35, phase: 'sample 2 of 3'});
  });

  it('begins each piece with nothing done', () => {
    const lines = [bar('Generating samples: ', 35, 35), record('Generating chunk 2/3')];
    assert.deepEqual(progressIn(lines, transfer25), {done: 0, total: 0, phase: 'sample 2 of 3'});
  });

  it('says nothing of the piece when there is one', () => {
    const lines = [record('Generating chunk 1/1'), bar('Generating samples: ', 1, 35)];
    assert.deepEqual(progressIn(lines, transfer25), {done: 1, total: 35, phase: 'sample'});
  });

  it('takes no download for progress', () => {
    const lines = [
      record('Loading the checkpoint'),
      bar('edge_ema_bf16.pt: ', 4, 9, '112MB/s'),
      bar('Generating samples: ', 4, 9, '112MB/s'),
    ];
    assert.deepEqual(progressIn(lines, transfer25), {done: 0, total: 0, phase: 'load'});
  });

  it('reads the bars of Cosmos 3 and of Transfer1', () => {
    assert.deepEqual(progressIn([bar('Sampling: ', 20, 50, '2.08s/it')], cosmos3), {
      done: 20,
      total: 50,
      phase: 'sample',
    });
    const saved = record("Saved control video to '/out/control_edge.mp4'", 'job=7|');
    assert.equal(progressIn([saved], cosmos3)?.phase, 'save');
    assert.deepEqual(progressIn([bar('', 1, 4, '291.5s/it')], transfer1), {
      done: 1,
      total: 4,
      phase: 'generate',
    });
  });

  it('knows nothing of other lines', () => {
    assert.equal(progressIn(['3/4 of the way', record('unrelated')], transfer25), undefined);
  });
});

describe('shareIn', () => {
  it('adds up the pieces of a video', () => {
    const lines = [record('Generating chunk 2/4'), bar('Generating samples: ', 14, 35)];
    assert.equal(shareIn(lines, transfer25), 0.35);
    assert.equal(shareIn([...lines, record('Generating chunk 3/4')], transfer25), 0.5);
  });

  it('takes no count of one piece for that of all', () => {
    assert.equal(shareIn([bar('Sampling: ', 20, 50, '2.08s/it')], cosmos3), undefined);
    assert.equal(shareIn([bar('Generating samples: ', 14, 35)], transfer25), undefined);
    assert.equal(shareIn([bar('', 1, 4, '291.5s/it')], transfer1), 0.25);
    assert.equal(shareIn([record('unrelated')], transfer1), undefined);
  });
});
