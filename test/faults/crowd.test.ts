import assert from 'node:assert/strict';
import {statfsSync} from 'node:fs';
import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {outcomeOf, REPOSITORY} from '../support/cli.ts';
import {
  assertHome,
  makeBox,
  onlyRun,
  runArgs,
  showRun,
  startAt,
  useSshd,
  type Box,
} from '../support/remote.ts';
import {temporaryFolder} from '../support/temporary.ts';

/** A disk of memory: what is tried here is the client, and not how long a disk takes to sync 100,000 files twice. */
const MEMORY_DISK = '/dev/shm';
const NEEDED_BYTES = 4e9;

const PEAK_HOOK = join(REPOSITORY, 'bench', 'peak-memory.mjs');
const MOST_MEGABYTES = 250;

describe('a job that makes as many files as a run may have', function () {
  this.timeout(600_000);
  const sshd = useSshd();
  const {TMPDIR} = process.env;
  let box: Box | undefined;

  before(function () {
    if (freeBytes() < NEEDED_BYTES) this.skip();
    process.env.TMPDIR = MEMORY_DISK;
  });
  after(async () => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    // Memory, and too many files for the little time that a process has at its exit.
    if (box) await rm(box.workspace, {recursive: true});
  });

  it('comes home whole, through a client of less than 250 MB', async () => {
    box = await makeBox({sshd: sshd()});
    const peak = join(await temporaryFolder('peak'), 'kB');
    box.env = {...box.env, NODE_OPTIONS: `--import=${PEAK_HOOK}`, PEAK_MEMORY_FILE: peak};
    const {code, stderr} = await outcomeOf(startAt(box, runArgs('crowd')));
    assert.equal(code, 0, stderr);
    const megabytes = Number(await readFile(peak, 'utf8')) / 1024;
    const run = await showRun(box, await onlyRun(box));
    assert.equal(run.outputs.length, 100_000);
    await assertHome(box, run);
    assert.ok(megabytes < MOST_MEGABYTES, `${Math.round(megabytes)} MB`);
  });
});

function freeBytes(): number {
  try {
    const {bavail, bsize} = statfsSync(MEMORY_DISK);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
