import assert from 'node:assert/strict';
import {
  formatEnd,
  formatFrame,
  PREVIEW_NOTICE,
  readProgress,
} from '../../../../src/runner/models/preview/progress.ts';
import {parsePreviewSpec} from '../../../../src/runner/models/preview/spec.ts';

const BASE = {prompt: 'rain', input_video_path: 'inputs/color.mp4'};

describe('parsePreviewSpec', () => {
  it('fills in presets and effective weights', () => {
    const spec = parse({
      ...BASE,
      num_steps: 35,
      edge: {control_weight: 1},
      depth: {control_weight: 3, input_control: 'd.mp4'},
    });
    assert.deepEqual(spec.controls, [
      {name: 'edge', weight: 0.25},
      {name: 'depth', weight: 0.75, file: 'd.mp4'},
    ]);
    assert.deepEqual(spec.used, {
      ...BASE,
      num_steps: 35,
      blur_strength: 'medium',
      canny_threshold: 'medium',
      edge: {control_weight: 0.25},
      depth: {control_weight: 0.75, input_control: 'd.mp4'},
    });
  });

  it('takes 0.5 where a control names no weight', () => {
    assert.deepEqual(parse({...BASE, vis: {}}).controls, [{name: 'vis', weight: 0.5}]);
  });

  it('leaves out controls of weight 0', () => {
    assert.deepEqual(parse({...BASE, seg: {control_weight: 0}}).controls, []);
  });

  for (const [label, spec, message] of [
    ['no colour pass', {prompt: 'rain'}, /"input_video_path" is missing/],
    ['depth without a file', {...BASE, depth: {control_weight: 1}}, /cannot compute depth/],
    ['an unknown control', {...BASE, keypoint: {control_weight: 1}}, /"keypoint"/],
    ['a negative weight', {...BASE, edge: {control_weight: -1}}, /"edge\.control_weight"/],
    ['an unknown preset', {...BASE, canny_threshold: 'extreme'}, /"canny_threshold" is "extreme"/],
    ['a list', [], /not a JSON object/],
  ] as const) {
    it(`refuses ${label}`, () => {
      assert.throws(() => parse(spec), {code: 'input.invalid', message});
    });
  }

  it('refuses text that is not JSON', () => {
    assert.throws(() => parsePreviewSpec('{'), {code: 'input.invalid', message: /not JSON/});
  });
});

describe('readProgress', () => {
  it('reads what the program prints', () => {
    assert.deepEqual(readProgress(formatFrame(12, 48)), {done: 12, total: 48, phase: 'compose'});
    assert.deepEqual(readProgress(`${formatEnd(48, 2.31)}\r\n`), {done: 48, total: 48, phase: 'done'});
    assert.equal(formatEnd(48, 2.31), 'preview: 48 frames in 2.31 s (20.8 frames/s)');
  });

  it('passes over every other line', () => {
    for (const line of [PREVIEW_NOTICE, '', 'frame 1/2', 'preview: error: no'])
      assert.equal(readProgress(line), undefined);
  });
});

function parse(spec: unknown): ReturnType<typeof parsePreviewSpec> {
  return parsePreviewSpec(JSON.stringify(spec));
}
