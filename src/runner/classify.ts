/**
 * Why a job failed, by what every model has in common: the supervisor's record, the expected outputs. Adapters look at
 * their own log lines first and fall back to this.
 */
import type {ExitRecord} from './job.ts';
import type {Failure, JobEnd} from './model.ts';

/** Log lines kept as evidence. */
const EVIDENCE_LINES = 5;
/** Characters kept of each. */
const LINE_LENGTH = 500;

/** Null when the job ended by itself with 0 and every expected output is right. */
export function classifyEnd(end: JobEnd): Failure | null {
  const {exit, problems} = end;
  const isClean = exit.reason === 'exit' && exit.rc === 0;
  if (isClean && problems.length === 0) return null;
  const evidence = isClean ? problems.map(({name, reason}) => `${name}: ${reason}`) : lastLines(end);
  const full = exit.reason === 'exit' && !isClean ? findFullDisk(end) : undefined;
  if (full !== undefined) return {...NO_SPACE, evidence: [full]};
  if (!isClean && exit.lacksMemory === true && OWN_ENDS.includes(exit.reason))
    return {...NO_MEMORY, evidence};
  return {...(isClean ? outputsFailure(problems.length) : exitFailure(exit)), evidence};
}

type Verdict = Omit<Failure, 'evidence'>;

const NO_SPACE: Verdict = {
  class: 'target.no-space',
  message: 'The disk of the target was full.',
  isRetryable: true,
  advice: 'Free some space there, then run it again.',
};

/** Ends that nobody asked for. */
const OWN_ENDS: readonly ExitRecord['reason'][] = ['exit', 'signal', 'lost'];

const NO_MEMORY: Verdict = {
  class: 'job.oom',
  message: 'The job ran out of memory: the kernel ended a process of its container.',
  isRetryable: true,
  advice:
    'Give the container more ("memory" of the target, if that is set) or use a larger machine, or ask for less.',
};

/** How programs of every language report errno ENOSPC (the texts of strerror and of Node). */
const FULL_DISK = /\bENOSPC\b|No space left on device/i;
/** A program that dies of a full disk says so in its last words; earlier lines may be about something that it survived. */
const LAST_WORDS = 20;

function findFullDisk({logTail}: JobEnd): string | undefined {
  return logTail
    .slice(-LAST_WORDS)
    .findLast((line) => FULL_DISK.test(line))
    ?.slice(0, LINE_LENGTH);
}

function outputsFailure(count: number): Verdict {
  return {
    class: 'outputs.wrong',
    message: `The job said that it succeeded, but ${count === 1 ? 'an expected output is' : `${count} expected outputs are`} missing, empty or unreadable.`,
    isRetryable: false,
    advice: 'Read the log: programs that report success after an error usually say so there.',
  };
}

function exitFailure(exit: ExitRecord): Verdict {
  switch (exit.reason) {
    case 'exit':
      return !exit.isStarted && exit.rc === RUNTIME_FAILED ? CONTAINER_FAILED : exitCodeFailure(exit.rc);
    case 'signal':
      return {
        class: 'job.signal',
        message: `The job was ended by ${exit.signal ?? 'a signal'}.`,
        isRetryable: true,
        advice:
          exit.signal === 'SIGKILL'
            ? 'Often the system ran out of memory: look at its log, then try again.'
            : 'Somebody or something stopped it: try again.',
      };
    case 'timeout':
      return {
        class: 'job.timeout',
        message: 'The job ran longer than its limit and was stopped.',
        isRetryable: true,
        advice: 'Raise "timeout" of the model, or ask for less.',
      };
    case 'no-space':
      return NO_SPACE;
    case 'inputs':
      return {
        class: 'job.inputs',
        message: 'The inputs on the target were not the ones that were sent.',
        isRetryable: true,
        advice: 'Run it again; if it happens twice, check the disk of the target.',
      };
    case 'cancel':
      return {
        class: 'job.cancelled',
        message: 'The job was stopped by a person.',
        isRetryable: true,
        advice: 'Run it again when you want it after all.',
      };
    case 'lost':
      return exit.isStarted
        ? {
            class: 'job.lost',
            message: 'The job and its supervisor are gone, and nobody saw how the job ended.',
            isRetryable: true,
            advice: 'The machine was restarted, or somebody ended the processes. Run it again.',
          }
        : {
            class: 'job.never-started',
            message: 'The supervisor went away before the job was started.',
            isRetryable: true,
            advice: 'Run it again.',
          };
  }
}

/** What container runtimes end with when they could not start a container. */
const RUNTIME_FAILED = 125;

const CONTAINER_FAILED: Verdict = {
  class: 'container.not-started',
  message: 'The container could not be started.',
  isRetryable: true,
  advice:
    'The lines are the words of the container runtime. Set right what they say; "cosmos target check NAME" tries a container of the image.',
};

function exitCodeFailure(rc: number | null): Verdict {
  if (rc === 127) {
    return {
      class: 'job.not-found',
      message: 'The program of the job was not found.',
      isRetryable: false,
      advice: 'Install it on the target, or correct "argv" of the model.',
    };
  }
  if (rc === 126) {
    return {
      class: 'job.not-executable',
      message: 'The program of the job could not be started.',
      isRetryable: false,
      advice: 'Check that it is executable on the target.',
    };
  }
  return {
    class: 'job.exit',
    message: `The job ended with exit code ${rc ?? 'unknown'}.`,
    isRetryable: false,
    advice: 'Read the log for the reason.',
  };
}

function lastLines({logTail}: JobEnd): string[] {
  return logTail.slice(-EVIDENCE_LINES).map((line) => line.slice(0, LINE_LENGTH));
}
