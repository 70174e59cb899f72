/** What targets cost, for runs whose job has not ended: those that have ended carry their cost themselves. */
import {LOCAL} from './targets.ts';
import type {Workspace} from './workspace.ts';

/** By the name of the target; those without a price are left out. */
export type Prices = Readonly<Record<string, {perHour: number; currency: string}>>;

/**
 * Reads the settings only when one of the runs costs something now. Settings that are wrong tell no price: what is on
 * record is shown all the same.
 */
export async function readPrices(
  workspace: Pick<Workspace, 'settings'>,
  runs: readonly {status: string; target: string}[],
): Promise<Prices> {
  if (!runs.some(({status, target}) => status === 'running' && target !== LOCAL)) return {};
  const loaded = await workspace.settings().catch(() => undefined);
  const targets = Object.entries(loaded?.settings.targets ?? {});
  return Object.fromEntries(
    targets.flatMap(([name, {price, currency}]) =>
      price === undefined ? [] : [[name, {perHour: price, currency}] as const],
    ),
  );
}
