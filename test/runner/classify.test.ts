import assert from 'node:assert/strict';
import fc from 'fast-check';
import {classifyEnd} from '../../src/runner/classify.ts';
import {EXIT_REASONS, type ExitRecord} from '../../src/runner/job.ts';
import type {JobEnd} from '../../src/runner/model.ts';
import {preview} from '../../src/runner/models/preview/adapter.ts';
import {makeExit} from './run-document.ts';

function end(exit: Partial<ExitRecord>, more: Partial<JobEnd> = {}): JobEnd {
  return {exit: makeExit(exit), logTail: [], problems: [], ...more};
}

const MISSING = {name: 'output.mp4', reason: 'is missing'};

describe('classifyEnd', () => {
  it('sees success only in a clean exit with every output', () => {
    for (const reason of EXIT_REASONS)
      for (const rc of [0, 1, null])
        for (const problems of [[], [MISSING]]) {
          const isSuccess = reason === 'exit' && rc === 0 && problems.length === 0;
          assert.equal(classifyEnd(end({reason, rc}, {problems})) === null, isSuccess, `${reason} ${rc}`);
        }
  });

  const classes: [Partial<ExitRecord>, string, boolean][] = [
    [{rc: 1}, 'job.exit', false],
    [{rc: 126}, 'job.not-executable', false],
    [{rc: 127}, 'job.not-found', false],
    [{reason: 'signal', rc: null, signal: 'SIGKILL'}, 'job.signal', true],
    [{reason: 'timeout', rc: null}, 'job.timeout', true],
    [{reason: 'no-space', rc: 0}, 'target.no-space', true],
    [{reason: 'inputs', rc: null}, 'job.inputs', true],
    [{reason: 'cancel', rc: null}, 'job.cancelled', true],
    [{reason: 'lost', rc: null}, 'job.lost', true],
    [{reason: 'lost', rc: null, isStarted: false}, 'job.never-started', true],
  ];
  for (const [exit, name, isRetryable] of classes) {
    it(`calls ${JSON.stringify(exit)} ${name}`, () => {
      const failure = classifyEnd(end(exit));
      assert.equal(failure?.class, name);
      assert.equal(failure.isRetryable, isRetryable);
      assert.match(failure.advice, /\.$/);
    });
  }

  it('says that memory was lacking with proof only', () => {
    for (const exit of [{rc: 1}, {rc: 137}, {reason: 'signal', rc: null, signal: 'SIGKILL'}] as const) {
      assert.equal(classifyEnd(end({...exit, lacksMemory: true}))?.class, 'job.oom');
      assert.notEqual(classifyEnd(end({...exit, lacksMemory: false}))?.class, 'job.oom');
    }
    // The job lived on without the process, or was stopped for another reason.
    assert.equal(classifyEnd(end({rc: 0, lacksMemory: true})), null);
    assert.equal(classifyEnd(end({reason: 'cancel', rc: null, lacksMemory: true}))?.class, 'job.cancelled');
  });

  it('suspects the memory when SIGKILL ended it', () => {
    assert.match(classifyEnd(end({reason: 'signal', signal: 'SIGKILL'}))?.advice ?? '', /memory/);
    assert.doesNotMatch(classifyEnd(end({reason: 'signal', signal: 'SIGTERM'}))?.advice ?? '', /memory/);
  });

  it('names the outputs that are wrong', () => {
    const failure = classifyEnd(end({}, {problems: [MISSING, {name: 'b', reason: 'is empty'}]}));
    assert.equal(failure?.class, 'outputs.wrong');
    assert.match(failure.message, /2 expected outputs are/);
    assert.deepEqual(failure.evidence, ['output.mp4: is missing', 'b: is empty']);
  });

  it('recognises a full disk by the last words', () => {
    for (const line of ['OSError: [Errno 28] No space left on device', 'error: ENOSPC: no space left'])
      assert.deepEqual(classifyEnd(end({rc: 1}, {logTail: ['start', line, 'bye']}))?.evidence, [line]);
    const early = ['No space left on device', ...Array.from({length: 30}, (_, index) => `step ${index}`)];
    assert.equal(classifyEnd(end({rc: 1}, {logTail: early}))?.class, 'job.exit');
    assert.equal(classifyEnd(end({rc: 0}, {logTail: ['No space left on device']})), null);
  });

  it('keeps a few short lines as evidence', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({maxLength: 2000}), {maxLength: 50}),
        fc.integer({min: 1, max: 125}),
        (logTail, rc) => {
          const {evidence} = classifyEnd(end({rc}, {logTail})) ?? {evidence: []};
          assert.ok(evidence.length <= 5);
          for (const line of evidence) assert.ok(line.length <= 500);
        },
      ),
    );
  });
});

describe('preview.classify', () => {
  const line = 'preview: error: color.mp4 is damaged';

  it("prefers the program's own words to its exit code", () => {
    const failure = preview.classify(end({rc: 1}, {logTail: ['compose 1/48', line]}));
    assert.equal(failure?.class, 'preview.error');
    assert.equal(failure.message, 'color.mp4 is damaged');
    assert.deepEqual(failure.evidence, [line]);
  });

  it('does not blame the inputs for a full disk', () => {
    const failure = preview.classify(
      end({rc: 1}, {logTail: ['preview: error: ENOSPC: no space left on device, write']}),
    );
    assert.equal(failure?.class, 'target.no-space');
    assert.equal(failure.isRetryable, true);
  });

  it('believes the supervisor about signals and success', () => {
    assert.equal(
      preview.classify(end({reason: 'signal', signal: 'SIGKILL'}, {logTail: [line]}))?.class,
      'job.signal',
    );
    assert.equal(preview.classify(end({}, {logTail: [line]})), null);
  });
});
