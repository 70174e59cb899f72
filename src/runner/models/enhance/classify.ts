/** Why an enhancement failed, if it did: error lines of our program, else what NVIDIA's upsampler printed or wrote down. */
import {classifyEnd} from '../../classify.ts';
import type {Failure, JobEnd} from '../../model.ts';
import {classifyCosmos} from '../nvidia/classify.ts';
import {CRASHES, type FailureClass} from '../nvidia/failures.ts';
import {ENDPOINT_FAILURES, TOO_LARGE} from './failures.ts';
import {readError} from './log.ts';

const LINE_LENGTH = 500;
const FAMILY = {title: "NVIDIA's upsampler", failures: {}};

export function classifyEnhance(end: JobEnd): Failure | null {
  const line = end.logTail.findLast((text) => readError(text) !== undefined);
  return line === undefined ? classifyUpsampler(end) : classifyAnswer(end, line);
}

function classifyAnswer(end: JobEnd, line: string): Failure | null {
  const failure = classifyEnd(end);
  const error = readError(line) ?? '';
  if (!failure || end.exit.reason !== 'exit' || failure.class === 'target.no-space') return failure;
  const known = ENDPOINT_FAILURES.find(({pattern}) => pattern.test(error));
  if (known) return failureOf(known, line);
  return {
    class: 'enhance.error',
    message: error.slice(0, LINE_LENGTH),
    evidence: [line.slice(0, LINE_LENGTH)],
    isRetryable: false,
    advice: 'Correct what the line names, and run it again.',
  };
}

/** It ends with 0 whatever became of the prompt: what it wrote down says more than its exit code. */
function classifyUpsampler(end: JobEnd): Failure | null {
  const said = [...end.problems.map(({reason}) => reason), ...end.logTail];
  const large = said.find((text) => TOO_LARGE.pattern.test(text));
  const failure = classifyCosmos(end, FAMILY);
  if (!failure) return null;
  if (large !== undefined) return failureOf(TOO_LARGE, large);
  if (failure.class !== 'outputs.wrong') return failure;
  for (const known of CRASHES) {
    const found = said.find((text) => known.pattern.test(text));
    if (found !== undefined) return failureOf(known, found);
  }
  return failure;
}

function failureOf(known: FailureClass, line: string): Failure {
  const {class: name, message, isRetryable, advice} = known;
  return {class: name, message, evidence: [line.slice(0, LINE_LENGTH)], isRetryable, advice};
}
