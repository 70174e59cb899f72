/**
 * Why a run of a Cosmos model failed, if it did. The exit code is not the result: a blocked prompt may end with 0 and a harmless
 * record may be CRITICAL, so the log is read first, and only those lines of it that cannot echo a prompt.
 */
import {classifyEnd} from '../../classify.ts';
import type {Failure, JobEnd} from '../../model.ts';
import {CRASHES, GUARDRAIL, HOST_MEMORY, KILLED, type FailureClass, type FamilyFailures} from './failures.ts';
import {decisiveLines, findException} from './log.ts';

/** Log lines kept as evidence, and characters of each. */
const EVIDENCE_LINES = 5;
const LINE_LENGTH = 500;
const BLOCKED_WORD = /Exact Match Word: (.+?)\s*$/;

export interface FamilyWords {
  /** The name of the family in messages. */
  title: string;
  failures: FamilyFailures;
}

/** Null when it succeeded: ended by itself with 0, every output is there, and no guardrail spoke. */
export function classifyCosmos(end: JobEnd, family: FamilyWords): Failure | null {
  const {exit, logTail} = end;
  const lines = decisiveLines(logTail);
  const isOwnEnd = exit.reason === 'exit' || exit.reason === 'signal';
  const isClean = exit.reason === 'exit' && exit.rc === 0;
  if (!isOwnEnd) return classifyEnd(end);
  const known = findClass(GUARDRAIL, lines) ?? (isClean ? undefined : findClass(CRASHES, lines));
  if (known) return {...known, ...family.failures[known.class], ...wordOf(known, lines)};
  const exception = findException(lines);
  if (!isClean && exception === undefined && wasKilled(end, lines))
    return {...HOST_MEMORY, evidence: evidenceOf(lines.filter((line) => KILLED.test(line)))};
  return describeOther(end, {lines, exception, title: family.title});
}

function findClass(classes: readonly FailureClass[], lines: readonly string[]): Failure | undefined {
  for (const {pattern, message, ...known} of classes) {
    const found = lines.filter((line) => pattern.test(line));
    if (found.length > 0) return {...known, message, evidence: evidenceOf(found)};
  }
  return undefined;
}

/** The word that the guardrail names is what a person has to change. */
function wordOf({class: name, message}: Failure, lines: readonly string[]): Partial<Failure> {
  if (name !== 'guardrail.prompt') return {};
  const word = lines.map((line) => BLOCKED_WORD.exec(line)?.[1]).find((found) => found !== undefined);
  return word === undefined ? {} : {message: message.replace(/\.$/, ` for the word "${word}".`)};
}

/** From outside, and nobody knows why: with proof that memory was lacking, the general class says so. */
function wasKilled({exit}: JobEnd, lines: readonly string[]): boolean {
  if (exit.lacksMemory === true) return false;
  return exit.rc === 137 || exit.signal === 'SIGKILL' || lines.some((line) => KILLED.test(line));
}

/** Nothing known: the general classes, without the lines that only echo, and with the exception that ended it. */
function describeOther(
  end: JobEnd,
  {lines, exception, title}: {lines: readonly string[]; exception: string | undefined; title: string},
): Failure | null {
  const failure = classifyEnd({...end, logTail: lines});
  if (failure?.class !== 'job.exit' || exception === undefined) return failure;
  return {
    ...failure,
    message: `${title} ended with an error: ${exception.slice(0, LINE_LENGTH)}`,
    evidence: [exception.slice(0, LINE_LENGTH)],
  };
}

function evidenceOf(lines: readonly string[]): string[] {
  return Array.from(new Set(lines), (line) => line.slice(0, LINE_LENGTH)).slice(0, EVIDENCE_LINES);
}
