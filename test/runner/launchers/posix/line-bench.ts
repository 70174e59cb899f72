/** Jobs that stand in line for two GPUs of a machine, under a chosen shell; each runs until it is let go. */
import assert from 'node:assert/strict';
import {chmod, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {JobPaths} from '../../../../src/runner/job-paths.ts';
import {
  changeLine,
  readLine,
  type Line,
  type LineAnswer,
  type LineChange,
} from '../../../../src/runner/targets/line.ts';
import {installGpus} from '../../../support/gpus.ts';
import {findProgram, makeRunner, makeShellPath, type ShellName} from '../../../support/shells.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import {awaitExit, readText, until, type JobOptions} from '../job-bench.ts';
import {makeBench, type PosixBench} from './posix-bench.ts';

const WAIT = 'echo "on $CUDA_VISIBLE_DEVICES"; while [ ! -e go ]; do sleep 0.1; done';

export interface LineBench {
  bench: PosixBench;
  slots: string;
  prepare: (gpus: number, options?: JobOptions) => Promise<JobPaths>;
  begin: (gpus: number, options?: JobOptions) => Promise<JobPaths>;
  /** As another user, whose own folder is `slots`. */
  look: (options?: {uid: number; slots: string}) => Promise<Line>;
  /** Lets other users run the programs. */
  open: () => Promise<void>;
  change: (word: LineChange, paths: JobPaths) => Promise<LineAnswer>;
}

let made = 0;

/** Undefined where the shell or flock is missing. */
export async function makeLineBench(
  shell: ShellName,
  ...gpus: Parameters<typeof installGpus> extends [string, ...infer More] ? More : never
): Promise<LineBench | undefined> {
  const path = await makeShellPath(shell);
  const flock = findProgram('flock');
  if (path === undefined || flock === undefined) return undefined;
  const tools = await temporaryFolder('tools');
  const slots = join(await temporaryFolder('slots'), 'cosmos-slots-own');
  await installGpus(tools, ...gpus);
  // That of busybox cannot exec; a machine with busybox has it from util-linux, or no line.
  await symlink(flock, join(tools, 'flock'));
  const env = {PATH: `${tools}:${path}`, COSMOS_SLOTS: slots};
  const bench = await makeBench(env.PATH, {env});
  const jobOf = (gpus: number, options: JobOptions = {}): JobOptions => {
    made += 1;
    const id = `rs_${made.toString(16).padStart(32, '0')}`;
    return {id, ...options, job: {argv: ['sh', '-c', WAIT], gpus, ...options.job}};
  };
  return {
    bench,
    slots,
    prepare: (gpus, options) => bench.prepare('silent', jobOf(gpus, options)),
    begin: (gpus, options) => bench.begin('silent', jobOf(gpus, options)),
    look: (options) =>
      readLine(makeRunner({...env, ...(options && {COSMOS_SLOTS: options.slots})}, options?.uid)),
    open: async () => {
      for (const folder of [dirname(slots), ...env.PATH.split(':').slice(0, 2)]) await chmod(folder, 0o755);
    },
    change: (word, {folder}) => changeLine(makeRunner(env), word, {jobFolder: folder, attempt: 1}),
  };
}

export function idOf({folder}: JobPaths): string {
  return folder.slice(folder.lastIndexOf('/') + 1);
}

export async function letGo({folder}: JobPaths): Promise<void> {
  await writeFile(join(folder, 'go'), '');
}

export async function end(paths: JobPaths): Promise<void> {
  await letGo(paths);
  const exit = await awaitExit(paths);
  assert.deepEqual([exit.reason, exit.rc], ['exit', 0]);
}

export async function untilPlace(paths: JobPaths, place: string): Promise<void> {
  await until(`the place ${place}`, async () => (await readText(paths.place)) === `${place}\n` || undefined);
}
