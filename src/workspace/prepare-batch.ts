/** Many requests checked together: what is wrong with any of them is said at once, and nothing is started then. */
import {CosmosError} from '../errors.ts';
import {randomHex} from '../platform/random.ts';
import type {BatchItem} from './batch-file.ts';
import {requestOfItem} from './batch-request.ts';
import {checkTogether} from './check-together.ts';
import type {Prepared} from './prepared.ts';
import {planRequest, type SourceCache, type StartRequest} from './start-run.ts';
import type {Targets} from './targets.ts';
import type {Workspace} from './workspace.ts';

/** Of very many mistakes the first ones are told. */
const MOST_FINDINGS = 50;

export interface BatchRequest {
  /** What counts for every item that does not say otherwise. */
  common: StartRequest;
  items: readonly BatchItem[];
  /** Where the items come from, for messages. */
  what: string;
}

/** @throws CosmosError input.invalid with every finding of every item */
export async function prepareBatch(
  workspace: Workspace,
  targets: Targets,
  {common, items, what}: BatchRequest,
): Promise<Prepared[]> {
  const id = `batch_${randomHex(8)}`;
  const cache: SourceCache = new Map();
  const findings: string[] = [];
  const prepared: Prepared[] = [];
  for (const item of items) {
    const own: string[] = [];
    const request = requestOfItem(common, item, own);
    const planned =
      own.length > 0 ? [] : await planItem(() => planRequest(workspace, targets, request, cache), own);
    findings.push(...own.map((finding) => `${item.where}: ${finding}`));
    prepared.push(...planned.map((each) => ({...each, batch: {id, label: item.where}})));
  }
  refuse(what, findings);
  return checkTogether(workspace, prepared);
}

/** What is wrong with one item is told with that of all others. */
async function planItem(plan: () => Promise<Prepared[]>, findings: string[]): Promise<Prepared[]> {
  try {
    return await plan();
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error;
    const {findings: found} = error.facts as {findings?: readonly string[]};
    findings.push(...(found ?? [error.message]));
    return [];
  }
}

function refuse(what: string, findings: readonly string[]): void {
  if (findings.length === 0) return;
  const shown = findings.slice(0, MOST_FINDINGS);
  const more = findings.length - shown.length;
  const lines = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].map((finding) => `  - ${finding}`);
  throw new CosmosError(
    'input.invalid',
    `${what}: ${findings.length} things are wrong.\n${lines.join('\n')}`,
    {
      hint: 'Nothing was started. Correct them and run the command again.',
      facts: {findings},
    },
  );
}
