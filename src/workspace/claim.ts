/**
 * An exclusive claim in a file, for the one thing that LMDB's own lock cannot guard: the making of the LMDB file. The
 * claim of a process that is proven dead is taken over, by one taker only.
 */
import {readFile, rm} from 'node:fs/promises';
import {dirname} from 'node:path';
import {CosmosError} from '../errors.ts';
import {sleep} from '../platform/clock.ts';
import {
  describeProcess,
  identifySelf,
  isProcessIdentity,
  isProvenDead,
  type ProcessIdentity,
} from '../platform/process-identity.ts';
import {exists, placeNew, stage} from '../platform/publish.ts';

/** A rebuild of a large workspace takes seconds; much longer means that somebody should look. */
const PATIENCE_MS = 30_000;
const POLL_MS = 100;

/** Runs `work` while no other process does. @throws CosmosError catalog.busy */
export async function withClaim<T>(claim: string, work: () => Promise<T>): Promise<T> {
  for (let waitedMs = 0; !(await takeFile(claim)); waitedMs += POLL_MS) {
    const holder = await readHolder(claim);
    if (waitedMs >= PATIENCE_MS) throw claimHeld(claim, holder);
    if (holder && isProvenDead(holder)) await endDeadClaim(claim, holder);
    else await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(claim, {force: true});
  }
}

/** Under a claim of its own, named after the dead process: two who both see it dead would else remove each other's. */
async function endDeadClaim(claim: string, dead: ProcessIdentity): Promise<void> {
  await withClaim(`${claim}.${dead.pid}-${dead.start ?? 'unknown'}`, async () => {
    const holder = await readHolder(claim);
    if (holder && isProvenDead(holder)) await rm(claim, {force: true});
  });
}

/** The file appears with its content: a claim always has a name. */
async function takeFile(path: string): Promise<boolean> {
  if (await exists(path)) return false;
  const staged = await stage(dirname(path), Buffer.from(JSON.stringify(identifySelf())));
  const isTaken = await placeNew(staged, path);
  if (!isTaken) await rm(staged.path, {force: true});
  return isTaken;
}

async function readHolder(claim: string): Promise<ProcessIdentity | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(claim, 'utf8'));
    return isProcessIdentity(value) ? value : undefined;
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
