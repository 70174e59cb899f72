/** What a look at a run that goes on as before has shown: proof of life, and what it waits for. */
import type {Lease} from '../cas/catalog/leases.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {isoTime} from '../platform/clock.ts';
import type {RunnerContext} from './context.ts';
import type {Observation} from './decide.ts';
import {isSameWaiting} from './waiting.ts';

/** Often enough for verify, which calls a run stuck after days; seldom enough not to rewrite a document for nothing. */
const PROOF_EVERY_MS = 60 * 60 * 1000;

/** Proof of life: always in what is shown, now and then in the document. What it waits for: whenever that changes. */
export async function noteSeen(
  {context, run, lease}: {context: RunnerContext; run: RunDocument; lease: Lease},
  {supervisor, waiting}: Observation,
): Promise<RunDocument> {
  const now = context.now();
  const at = isoTime(now);
  const isAlive = supervisor === 'alive';
  const hasChanged = !isSameWaiting(run.execution.waiting, waiting);
  const withSeen = (current: RunDocument): RunDocument => {
    const {waiting: before, ...execution} = current.execution;
    const seen = hasChanged ? waiting && {...waiting, at} : before;
    return {
      ...current,
      execution: {...execution, ...(isAlive && {lastProofAt: at}), ...(seen && {waiting: seen})},
    };
  };
  const last = run.execution.lastProofAt ?? run.events.at(-1)?.at ?? run.createdAt;
  const isOld = isAlive && now - Date.parse(last) >= PROOF_EVERY_MS;
  return isOld || hasChanged ? context.documents.replace('runs', run.id, withSeen, {lease}) : withSeen(run);
}
