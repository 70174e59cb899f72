/**
 * The embedded default model: computes control signals on this machine and composes them. No model runs, the prompt is
 * recorded and not rendered. It goes through the very same path as every other run, so that a mistake in the inputs is
 * seen before GPU time is paid for.
 */
import {nodeProgram} from '../../../platform/node-program.ts';
import {classifyEnd} from '../../classify.ts';
import type {Failure, JobEnd, JobPlan, Model, NormalRequest} from '../../model.ts';
import {checkExpectedOutputs} from '../../outputs-check.ts';
import {escapeBraces} from '../../template.ts';
import {controlFile, CONTROLS} from './controls.ts';
import {weightOf} from './facts.ts';
import {normalise} from './normalise.ts';
import {PREVIEW} from './parameters.ts';
import {readProgress} from './progress.ts';

export const preview: Model = {
  table: PREVIEW,
  specHint:
    'A spec file looks like {"prompt": "…", "input_video_path": "color.mp4", "edge": {"control_weight": 0.5}}.',
  normalise,
  plan,
  readProgress,
  countsAll: true,
  checkOutputs: checkExpectedOutputs,
  classify,
};

function plan(normal: NormalRequest): JobPlan {
  const spec = normal.makeSpec('inputs');
  const weighted = CONTROLS.filter((name) => weightOf(spec, name) > 0);
  const controls = weighted.map((name) => ({
    name: controlFile(name),
    role: 'control',
    mediaType: 'video/mp4',
    isRequired: true,
  }));
  const program = nodeProgram('runner/models/preview/program');
  return {
    argv: [escapeBraces(process.execPath), ...program.map(escapeBraces), '{spec}', '{outputs}'],
    environment: [],
    outputs: [
      {name: 'output.mp4', role: 'output', mediaType: 'video/mp4', isRequired: true},
      ...controls,
      {name: 'spec_used.json', role: 'spec', mediaType: 'application/json', isRequired: true},
      {name: 'output.txt', role: 'text', mediaType: 'text/plain', isRequired: normal.prompt !== null},
    ],
    primaryOutput: 'output.mp4',
    timeoutMs: null,
  };
}

/** The program prints one line that says what is wrong; it is worth more than an exit code. */
function classify(end: JobEnd): Failure | null {
  const failure = classifyEnd(end);
  const line = end.logTail.findLast((text) => text.startsWith('preview: error: '));
  if (!failure || line === undefined || end.exit.reason !== 'exit') return failure;
  if (failure.class === 'target.no-space') return failure;
  return {
    class: 'preview.error',
    message: line.slice('preview: error: '.length),
    evidence: [line],
    isRetryable: false,
    advice: 'Correct the inputs and run it again.',
  };
}
