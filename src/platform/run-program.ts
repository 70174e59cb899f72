/** Programs of this machine. */
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {CosmosError} from '../errors.ts';

/** Runs a program of this machine to its end. What it prints goes to stderr. @throws CosmosError program.failed */
export async function runProgram(program: string, words: readonly string[]): Promise<void> {
  const child = spawn(program, words, {stdio: ['inherit', process.stderr, process.stderr]});
  const [code, signal] = (await once(child, 'close').catch((error: unknown) => {
    throw programFailed(program, 'cannot be started', error);
  })) as [number | null, string | null];
  if (code !== 0)
    throw programFailed(program, `ended with ${code === null ? String(signal) : `exit code ${code}`}`);
}

function programFailed(program: string, how: string, cause?: unknown): CosmosError {
  return new CosmosError('program.failed', `The program ${program} ${how}.`, {
    hint: 'Read what it printed. What came before it is done; correct the command and run it again.',
    cause,
    facts: {program},
  });
}

/** What a program prints; undefined when it is not there, fails, or takes longer than ten seconds. */
export function capture(program: string, words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, words, {timeout: 10_000}, (error, stdout) => {
      resolve(error ? undefined : stdout);
    });
  });
}
