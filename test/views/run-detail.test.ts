import assert from 'node:assert/strict';
import fc from 'fast-check';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {layRun, phasesText, renderRun} from '../../src/views/run-detail.ts';
import {displayWidth} from '../../src/views/text.ts';
import {ago, failedRun, FAILURE, fileOf, idOf, now, PLAIN, sampleRun} from './samples.ts';

const OPTIONS = {width: 100, paint: PLAIN, now};
const show = (changes: Partial<RunDocument> = {}): string => renderRun(sampleRun(changes), OPTIONS);

describe('renderRun', () => {
  it('begins with what an artist asks first', () => {
    assert.deepEqual(layRun(sampleRun(), {...OPTIONS, width: 120}).slice(0, 9), [
      idOf('1a2b3c4d'),
      'Status      ✓ completed, 1 min ago, after 1 m 05 s',
      'Model       preview',
      '            No model ran: the control signals were computed on this machine, and the prompt was recorded, not rendered.',
      'Made        2026-11-23 14:03:04 UTC, 2 min ago',
      'Scene       city',
      '',
      'Prompt      a rainy street at night, neon reflections on wet asphalt',
      'Negative    cartoon, blur',
    ]);
  });

  it('says of no other kind that no model ran', () => {
    assert.doesNotMatch(renderRun(failedRun(), OPTIONS), /No model ran/);
  });

  it('says what a run waits for, and after whom', () => {
    const after = [idOf('5')];
    const {execution} = sampleRun();
    const waiting = {for: 'gpu' as const, place: 2, of: 3, at: ago(12)};
    const text = show({status: 'submitted', after, execution: {...execution, waiting}});
    assert.match(text, /^Waits {7}GPU line, 2 of 3, for 12 s$/m);
    assert.match(text, new RegExp(`^After {7}${idOf('5')}$`, 'm'));
    assert.doesNotMatch(show(), /Waits|After/);
  });

  it('says what becomes of the result', () => {
    const next = {run: idOf('5e6f7a8b'), model: 'upscale' as const};
    const line = (changes: Partial<RunDocument>): string =>
      /^Next {8}(.*(?:\n {12}.*)*)$/m.exec(show({...changes}))?.[1]?.replaceAll(/\s+/g, ' ') ?? '';
    assert.equal(line({}), '');
    assert.equal(line({next, status: 'running'}), 'upscaled by rs_5e6f7a8b once it is completed');
    assert.equal(line({next}), 'upscaled by rs_5e6f7a8b');
    assert.equal(line({next, status: 'failed'}), 'not upscaled, as the run failed');
    assert.equal(line({next, status: 'cancelled'}), 'not upscaled, as the run was cancelled');
    assert.equal(
      line({next: {...next, notMade: 'the disk is full'}}),
      'not upscaled: the disk is full ("cosmos upscale rs_1a2b3c4d" does it all the same)',
    );
  });

  it('shows outputs with facts, digest and the primary one', () => {
    const text = show();
    assert.match(
      text,
      /^▸ output\.mp4 \(output, primary\)\n {4}1280x704, 48 frames, 24 fps, 2\.00 s, avc1\.640028\n {4}1\.2 MB, sha256:0123456789ab$/m,
    );
    assert.match(text, /^ {2}spec_used\.json \(spec\)\n {4}812 bytes, sha256:0123456789ab$/m);
    assert.match(text, /^Inputs\n {2}color\.mp4 \(color\)$/m);
  });

  it('shows a failure with class, evidence and advice', () => {
    const text = renderRun(failedRun(), OPTIONS);
    assert.match(text, /^Failure\n {2}gpu\.memory: The GPU ran out of memory\.$/m);
    assert.match(text, /^ {6}torch\.OutOfMemoryError: CUDA out of memory\. Tried to allocate 20\.00 GiB$/m);
    assert.match(text, /^ {7}10%\|# {9}\| 4\/35$/m, 'the last state of the progress bar');
    assert.match(
      text,
      /Ask for fewer frames, or a smaller size\.\n {2}Trying again without a change will not help\.$/m,
    );
    assert.match(
      renderRun(failedRun({failure: {...FAILURE, isRetryable: true}}), OPTIONS),
      /Trying again may help/,
    );
  });

  it('shows how it was executed and where the time went', () => {
    const text = show();
    assert.match(text, /^Target {6}local, process, host workstation$/m);
    assert.match(text, /^Command {5}node 'preview program\.js' --spec inputs\/spec\.json$/m);
    assert.match(text, /^Ended with {2}exit code 0$/m);
    assert.match(text, /^Times {7}queued 0\.0 s, preparing 0\.3 s, running 1 m 04 s, collecting 0\.9 s$/m);
    assert.match(
      show({execution: {...sampleRun().execution, exitCode: null, signal: 'SIGKILL'}}),
      /^Ended with {2}SIGKILL$/m,
    );
  });

  it('lists parameters and events in columns', () => {
    const text = show();
    assert.match(
      text,
      /^Parameters\n {2}edge {13}0\.5\n {2}vis {14}0\.25\n {2}seed {13}3\n {2}canny_threshold {2}medium$/m,
    );
    assert.match(text, /^ {2}2026-11-23 14:03:04 UTC {2}queued {6}asked for \(cosmos run\)$/m);
  });

  it('shows what people and retention did later', () => {
    const text = show({
      name: 'night',
      rating: 4,
      tags: ['hero', 'wet'],
      notes: 'one\ntwo',
      aliases: ['run_7'],
      batch: {id: 'b1', index: 0, size: 12, label: 'weather'},
      parents: [{run: idOf('9a'), relation: 'upscale-of'}],
      released: [{descriptor: fileOf('vis.mp4', 'control', 5000), at: ago(3), reason: 'older than 30 days'}],
    });
    for (const line of [
      /^Name {8}night$/m,
      /^Rating {6}4$/m,
      /^Tags {8}hero, wet$/m,
      /^Notes {7}one\n {12}two$/m,
      /^Other ids {3}run_7$/m,
      /^Batch {7}b1, 1 of 12 \(weather\)$/m,
      /^Parent {6}upscale of rs_9a9a/m,
      /^Released\n {2}vis\.mp4 \(control\), 5\.0 kB, sha256:0123456789ab\n {4}let go 2026-11-23 14:05:06 UTC: older than 30 days$/m,
    ])
      assert.match(text, line);
  });

  it('warns of outputs that were refused', () => {
    const text = show({execution: {...sampleRun().execution, refused: ['../evil\u001B[2J']}});
    assert.match(text, /^Warning\n {2}Not brought home.*:\n {6}\.\.\/evil$/m);
    assert.doesNotMatch(show(), /Warning/);
  });

  it('gives the age of the last proof of life of an active run', () => {
    const running = {
      status: 'running',
      outputs: [],
      execution: {...sampleRun().execution, lastProofAt: ago(14)},
    } as const;
    assert.match(show({...running, outputs: []}), /^Job alive {3}last proven 14 s ago$/m);
    assert.match(show({status: 'running', outputs: []}), /^Job alive {3}not proven yet$/m);
    assert.doesNotMatch(show(), /Job alive/);
  });

  it('shows that a cancel was asked for', () => {
    const text = show({
      status: 'running',
      cancelRequested: {at: ago(5), by: 'cosmos cancel', reason: 'wrong scene'},
    });
    assert.match(text, /● cancelling/);
    assert.match(text, /^Cancel {6}asked for by cosmos cancel, 5 s ago: wrong scene$/m);
  });

  it('shows attempts when there was more than one', () => {
    const attempts = [
      {number: 1, at: ago(99)},
      {number: 2, at: ago(50), reason: 'the supervisor went away'},
    ];
    assert.match(
      show({attempts}),
      /^2 attempts\n {2}1 {2}2026.*UTC\n {2}2 {2}2026.*UTC {2}the supervisor went away$/m,
    );
    assert.doesNotMatch(show(), /attempt/);
  });

  it('treats everything as data and keeps to the width', () => {
    const text = fc.oneof(
      fc.string({unit: 'binary', maxLength: 80}),
      fc.constantFrom('\u001B[2J', '長い文章'.repeat(20), 'x'.repeat(200)),
    );
    fc.assert(
      fc.property(text, fc.integer({min: 40, max: 120}), (wild, width) => {
        const run = failedRun({
          name: wild,
          notes: wild,
          tags: [wild],
          parameters: {[wild]: wild, list: [wild]},
          scene: {name: wild},
          prompt: {id: 'ps_1', text: wild, negative: wild},
          outputs: [fileOf(wild, wild, 1)],
          failure: {...FAILURE, message: wild, evidence: [wild], advice: wild},
          execution: {target: wild, launcher: wild, command: [wild, wild], refused: [wild]},
          events: [{seq: 1, at: ago(9), from: null, to: 'queued', by: wild, reason: wild}],
        });
        for (const line of layRun(run, {width, paint: PLAIN, now})) {
          assert.ok(displayWidth(line) <= width, `${width}: ${JSON.stringify(line)}`);
          assert.doesNotMatch(line, /[\p{Cc}\p{Cs}\u202E]/u);
          assert.doesNotMatch(line, / $/);
        }
      }),
    );
  });
});

describe('phasesText', () => {
  it('adds up events while the run has not ended', () => {
    const run = sampleRun({execution: {target: 'local', launcher: 'process', command: []}});
    assert.equal(phasesText(run), 'queued 1 m 05 s');
  });
});
