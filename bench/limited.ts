/** Commands with little memory, in a control group of Linux, which only root can make. */
import {existsSync} from 'node:fs';
import {mkdir, rmdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {run, type Command} from './measure.ts';

/** Control groups of version 1, then of version 2: where they are made, and what limits them. */
const VERSIONS = [
  {sign: '/sys/fs/cgroup/memory', folder: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes'},
  {sign: '/sys/fs/cgroup/cgroup.controllers', folder: '/sys/fs/cgroup', limit: 'memory.max'},
];

/**
 * Seconds that a command takes with a limit to the memory that it touches first, pages of files too, be they mapped or read:
 * those of `files`, which the system is made to forget before, among them.
 * @param megabytes 10^6 bytes
 * @returns undefined where no group can be made
 * @throws Error when the command does not live with so little
 */
export async function secondsWithin(
  command: Command,
  megabytes: number,
  files: readonly string[],
): Promise<number | undefined> {
  const group = await makeGroup(megabytes * 1e6);
  if (group === undefined) return undefined;
  const inside = ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', group, command.program, ...command.args];
  try {
    for (const file of files) await forget(file);
    return (await run({...command, program: 'sh', args: inside})).seconds;
  } finally {
    await rmdir(group);
  }
}

async function makeGroup(bytes: number): Promise<string | undefined> {
  const version = VERSIONS.find(({sign}) => existsSync(sign));
  if (version === undefined) return undefined;
  const group = join(version.folder, `cosmos-bench-${process.pid}`);
  try {
    await mkdir(group);
    await writeFile(join(group, version.limit), String(bytes));
    return group;
  } catch {
    await rmdir(group).catch(() => undefined);
    return undefined;
  }
}

async function forget(file: string): Promise<void> {
  await run({program: 'dd', args: [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']});
}
