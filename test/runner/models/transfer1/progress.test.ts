import assert from 'node:assert/strict';
import {readProgress} from '../../../../src/runner/models/transfer1/progress.ts';

const AT =
  '[07-14 09:12:33|INFO|cosmos_transfer1/diffusion/inference/world_generation_pipeline.py:615:_run_model] ';

describe('transfer1.readProgress', () => {
  for (const [phase, ...messages] of [
    [
      'spec',
      'control_inputs: {',
      'Using random seed 1.',
      'No checkpoint path specified for edge. Using default.',
    ],
    [
      'load',
      'Start creating base model',
      'Loading ctrl model from ckpt_path: c/edge_control.pt',
      'Training with 2 GPUs.',
    ],
    [
      'controls',
      'running preprocessor',
      'Successfully saved vis control video to: o/vis_input_control_0.mp4',
    ],
    ['upsample prompt', 'Initializing prompt upsampler...', 'Upsampling prompt 1/1: a street...'],
    ['check prompt', 'Running guardrail checks on all prompts'],
    ['encode prompt', 'Starting T5 compute', 'Finish text embedding on prompt'],
    ['generate', 'Run generation', 'Making all control and input videos to be length of 121 frames.'],
    ['encode video', 'Starting latent encoding'],
    ['sample', 'Starting diffusion sampling', '[RANK 1]Completed diffusion sampling'],
    ['decode video', 'Starting VAE decode'],
    ['check video', 'Finish generation', 'Run guardrail on generated videos'],
    ['save', 'Saved video to o/output.mp4', 'Saved prompt to o/output.txt'],
  ] as const) {
    it(`names the phase ${phase}`, () => {
      for (const message of messages)
        assert.deepEqual(readProgress(`${AT}${message}`), {done: 0, total: 0, phase}, message);
    });
  }

  it('counts clips by the bar', () => {
    const bar = (counts: string, rate: string): string => ` 25%|██▌       | ${counts} [04:51<14:34, ${rate}]`;
    assert.deepEqual(readProgress(bar('1/4', '291.5s/it')), {done: 1, total: 4, phase: 'generate'});
    assert.deepEqual(readProgress('  0%|          | 0/4 [00:00<?, ?it/s]'), {
      done: 0,
      total: 4,
      phase: 'generate',
    });
    assert.deepEqual(readProgress('\u001b[32m100%|##| 2/2 [1:04:51<00:00, 291.5s/it]\u001b[0m'), {
      done: 2,
      total: 2,
      phase: 'generate',
    });
  });

  it('passes over every other line', () => {
    for (const line of [
      '',
      'Saved video to o/output.mp4',
      `${AT}a prompt about diffusion sampling`,
      `${AT}GUARDRAIL BLOCKED: Starting VAE decode`,
      'model.safetensors:  25%|██▌       | 1/4 [04:51<14:34, 2.0MB/s]',
      ' 25%|██▌       | 1/4 [04:51<14:34, 2.0MB/s]',
      'Loading shards:  25%|██▌       | 1/4 [04:51<14:34, 1.0s/it]',
      '  0%|          | 0/0 [00:00<?, ?it/s]',
    ])
      assert.equal(readProgress(line), undefined, line);
  });
});
