/** What Transfer2.5 advises in its own words, and the end that it does not speak of. */
import type {Failure, JobEnd} from '../../model.ts';
import type {FamilyFailures} from '../nvidia/failures.ts';
import {parseRecord} from '../nvidia/log.ts';

export const FAILURES: FamilyFailures = {
  'gpu.oom': {
    advice:
      'Transfer2.5 needs 65 GB of free memory on one GPU: free it, use one control instead of several, or a lower --resolution. More GPUs do not help.',
  },
  'spec.invalid': {message: 'Transfer2.5 refused the spec or the command line.'},
  'checkpoint.missing': {
    advice:
      'Checkpoints come by themselves from Hugging Face: set HF_TOKEN where you start cosmos, and look at the space of "hfCache" of the target.',
  },
  'input.frames': {advice: 'Check that every control has as many frames as the video.'},
  'preprocess.nothing': {
    advice:
      'Name what is to be seen with --set seg.control_prompt="car", or render the pass and add it to the scene.',
  },
};

const CHECKS: readonly (readonly [RegExp, Pick<Failure, 'class' | 'message' | 'advice'>])[] = [
  [
    /^Running guardrail check on prompt/,
    {
      class: 'guardrail.prompt',
      message:
        'Nothing was made, and the last thing that the model said is that it checked the prompt: the guardrail blocked it.',
      advice: 'Change the prompt or the negative prompt; brand names and violent words are blocked.',
    },
  ],
  [
    /^Running guardrail check on video/,
    {
      class: 'guardrail.video',
      message:
        'Nothing was made, and the last thing that the model said is that it checked the video: the guardrail blocked it.',
      advice: 'Run it again with another seed or another prompt.',
    },
  ],
];
const PASSED = /^Passed guardrail on /;

/** Transfer2.5 skips a sample that its guardrail blocks, ends with 0, and may say nothing of it at all. */
export function findSilentBlock({exit, logTail, problems}: JobEnd): Failure | undefined {
  if (exit.reason !== 'exit' || exit.rc !== 0 || problems.length === 0) return undefined;
  const records = logTail.flatMap((line) => {
    const record = parseRecord(line);
    return record && /guardrail/i.test(record.message) ? [{line, message: record.message}] : [];
  });
  const last = records.at(-1);
  if (!last || PASSED.test(last.message)) return undefined;
  const verdict = CHECKS.find(([pattern]) => pattern.test(last.message))?.[1];
  return verdict && {...verdict, isRetryable: false, evidence: [last.line.slice(0, 500)]};
}
