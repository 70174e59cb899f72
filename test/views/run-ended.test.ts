import assert from 'node:assert/strict';
import {renderEnded} from '../../src/views/run-ended.ts';
import {displayWidth} from '../../src/views/text.ts';
import {failedRun, PLAIN, sampleRun} from './samples.ts';

const OPTIONS = {width: 100, paint: PLAIN};

describe('renderEnded', () => {
  const preview = renderEnded(sampleRun(), {...OPTIONS, viewFolder: 'outputs/run_rs_1a2b3c4d'});
  const flat = preview.replaceAll(/\s+/g, ' ');

  it('says what was made, the result first', () => {
    assert.deepEqual(preview.split('\n').slice(0, 6), [
      '✓ completed  rs_1a2b3c4d  preview of city, 1 m 05 s',
      '',
      'Made 3 files, 1.6 MB',
      '  output.mp4              1280x704, 48 frames, 24 fps, 2.00 s, 1.2 MB',
      '  edge_input_control.mp4  1280x704, 48 frames, 24 fps, 2.00 s, 401.0 kB',
      '  spec_used.json          812 bytes',
    ]);
  });

  it('names as many of very many files as fit on a screen', () => {
    const [file] = sampleRun().outputs;
    assert.ok(file);
    const outputs = Array.from({length: 100_000}, (_, index) => ({...file, name: `${index}.png`}));
    const lines = renderEnded(sampleRun({outputs, primaryOutput: '99999.png'}), OPTIONS).split('\n');
    assert.match(lines[3] ?? '', /^ {2}99999\.png/);
    assert.equal(lines[23], '  and 99,980 more');
    assert.ok(lines.length < 50);
  });

  it('says where to look', () => {
    assert.match(
      preview,
      /^Where to look\n {2}outputs\/run_rs_1a2b3c4d\n {2}cosmos show rs_1a2b3c4d {3}\S.*\n {2}cosmos logs rs_1a2b3c4d {3}\S/m,
    );
    assert.doesNotMatch(renderEnded(sampleRun(), OPTIONS), /outputs\//);
  });

  it('says what a preview is and how to get real renders', () => {
    assert.match(flat, /computed on this machine.*No model ran; the prompt was recorded, not rendered\./);
    assert.match(flat, /GPU box.*cosmos target add NAME USER@HOST.*--model transfer1 --target NAME/);
    assert.doesNotMatch(renderEnded(sampleRun({kind: 'transfer'}), OPTIONS), /No model ran|GPU box/);
  });

  it('says what becomes of the result', () => {
    const next = {run: sampleRun().id, model: 'upscale' as const};
    assert.match(
      renderEnded(sampleRun({next}), OPTIONS),
      /^Next\n {2}The result is upscaled by rs_1a2b3c4d\.\n/m,
    );
    assert.match(
      renderEnded(failedRun({next}), OPTIONS),
      /^ {2}The result is not upscaled, as the run failed\.$/m,
    );
    assert.doesNotMatch(preview, /upscaled/);
  });

  it('explains a failure and where its log is', () => {
    const text = renderEnded(failedRun(), OPTIONS);
    assert.match(text, /^✗ failed {2}rs_5e6f7a8b {2}transfer of city/);
    assert.match(text, /^Why\n {2}gpu\.memory: The GPU ran out of memory\.\n/m);
    assert.match(text, /torch\.OutOfMemoryError[^]*Ask for fewer frames[^]*cosmos logs rs_5e6f7a8b/);
    assert.doesNotMatch(text, /Made/);
  });

  it('points at no log when there is none', () => {
    assert.doesNotMatch(renderEnded(failedRun({log: null}), OPTIONS), /cosmos logs/);
  });

  it('calls what a cancelled run left behind by its name', () => {
    const text = renderEnded(sampleRun({status: 'cancelled', primaryOutput: null}), OPTIONS);
    assert.match(text, /^⊘ cancelled/);
    assert.match(text, /^Kept what it left behind: 3 files, 1\.6 MB$/m);
    assert.doesNotMatch(text, /^Made/m);
  });

  it('shows an enhanced prompt before and after', () => {
    const run = sampleRun({kind: 'enhance'});
    const enhanced = {
      before: 'rain',
      after: 'heavy rain\non brick',
      prompt: {id: 'ps_0123456789ab', name: 'r'},
    };
    const text = renderEnded(run, {...OPTIONS, enhanced});
    assert.match(
      text,
      /^Before, 4 characters\n {2}rain\n\nAfter, 19 characters\n {2}heavy rain\n {2}on brick$/m,
    );
    assert.match(text, /The new prompt is ps_01234567 \(r\)\. The one before stays as it is\.$/m);
    const same = renderEnded(run, {...OPTIONS, enhanced: {before: 'rain', after: 'rain', prompt: null}});
    assert.match(same, /The text came back as it was; no prompt was made\.$/m);
    const gone = renderEnded(run, {...OPTIONS, enhanced: {...enhanced, prompt: null}});
    assert.match(gone, /The prompt that came of it was deleted since\.$/m);
  });

  it('fits narrow terminals', () => {
    for (const width of [40, 60, 80]) {
      for (const line of renderEnded(sampleRun(), {width, paint: PLAIN, viewFolder: 'outputs/x'}).split(
        '\n',
      )) {
        assert.ok(displayWidth(line) <= width, line);
      }
    }
  });
});
