/**
 * How far a Transfer1 run is, from one line of its log. There are no steps to count: only clips (121 frames each) have a
 * bar, and every other line names a phase. A phase of unknown extent has the total 0.
 */
import type {Progress} from '../../model.ts';
import {readPhase, type ProgressTable} from '../nvidia/progress.ts';

/** Phases in their order, by the beginning of the message. */
const PHASES: ProgressTable['phases'] = [
  [
    'spec',
    /^(?:control_inputs|args in json|final args): |^No (?:checkpoint path|control weight) specified for |^Using (?:default checkpoint path|random seed)/,
  ],
  [
    'load',
    /^Initialized distributed training with |^Training with \d+ GPUs\.|^(?:Start|Done) creating base model$|^Loading (?:base model checkpoint \(local\)|ctrl model from ckpt_path): |^Done loading the base model checkpoint\.$|^Enabling CP in base model$/,
  ],
  [
    'controls',
    /^running preprocessor$|^no input_control provided for \w+\. |^Successfully saved \w+ control video to: /,
  ],
  ['upsample prompt', /^Initializing prompt upsampler\.\.\.$|^Upsampl(?:ing|ed) prompt /],
  ['check prompt', /^Running guardrail checks on all prompts$/],
  [
    'encode prompt',
    /^Running text embedding on all prompts$|^(?:Starting|Completed) T5 compute$|^Finish text embedding on prompt$/,
  ],
  [
    'generate',
    /^Run generation$|^(?:Starting|Completed) data augmentation$|^reading control input |^Making all control and input videos to be length of /,
  ],
  ['encode video', /^(?:Starting|Completed) latent encoding$/],
  ['sample', /^(?:Starting|Completed) diffusion sampling$/],
  ['decode video', /^(?:Starting|Completed) VAE decode$/],
  ['check video', /^Finish generation$|^Run guardrail on generated videos$/],
  ['save', /^Saved (?:video|prompt|input noise) to /],
];

/** A bar of clips has no title. Undefined for lines that say nothing about progress. */
export function readProgress(line: string): Progress | undefined {
  return readPhase({phases: PHASES, bar: {title: '', phase: 'generate'}}, line);
}
