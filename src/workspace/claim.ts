/**
 * An exclusive claim in a file, for the one thing that LMDB's own lock cannot guard: the making of the LMDB file. The
 * claim of a process that is proven dead is taken over, by one taker only.
 */
import {open, readFile, rm} from 'node:fs/promises';
import {CosmosError, isErrno} from '../errors.ts';
import {sleep} from '../platform/clock.ts';
import {
  describeProcess,
  identifySelf,
  isProvenDead,
  type ProcessIdentity,
} from '../platform/process-identity.ts';
import {explainWriteError} from '../platform/publish.ts';

/** A rebuild of a large workspace takes seconds; much longer means that somebody should look. */
const PATIENCE_MS = 30_000;
const POLL_MS = 100;

/** Runs `work` while no other process does. @throws CosmosError catalog.busy */
export async function withClaim<T>(claim: string, work: () => Promise<T>): Promise<T> {
  const takeovers: string[] = [];
  for (let waitedMs = 0; !(await takeFile(claim)); waitedMs += POLL_MS) {
    const holder = await readHolder(claim);
    if (holder && isProvenDead(holder)) takeovers.push(...(await endDeadClaim(claim, holder)));
    else if (waitedMs >= PATIENCE_MS) throw claimHeld(claim, holder);
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    for (const file of [claim, ...takeovers]) await rm(file, {force: true});
  }
}

/** Only who makes the file named after the dead process may remove its claim: a second taker would remove ours. */
async function endDeadClaim(claim: string, holder: ProcessIdentity): Promise<string[]> {
  const takeover = `${claim}.${holder.pid}-${holder.start ?? 'unknown'}`;
  if (!(await takeFile(takeover))) return [];
  await rm(claim, {force: true});
  return [takeover];
}

async function takeFile(path: string): Promise<boolean> {
  try {
    const handle = await open(path, 'wx');
    await handle.writeFile(JSON.stringify(identifySelf()));
    await handle.close();
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw explainWriteError(error, path);
  }
}

async function readHolder(claim: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(claim, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

function claimHeld(claim: string, holder: ProcessIdentity | undefined): CosmosError {
  const who = holder ? describeProcess(holder) : 'a process that left no name';
  return new CosmosError('catalog.busy', `The catalog is being rebuilt by ${who}.`, {
    hint: `Wait until it is done. If you are sure that nothing is rebuilding, remove ${claim}.`,
    facts: {claim, holder},
  });
}
