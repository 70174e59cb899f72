/** Ending a lease at a person's word: for processes on computers that are gone, which nobody here can prove dead. */
import {CosmosError} from '../errors.ts';
import type {Workspace} from './workspace.ts';

/** @throws CosmosError id.unknown */
export async function breakLease({leases, journal}: Workspace, id: string): Promise<void> {
  await journal.append('break-lease', {lease: id});
  if (await leases.break(id)) return;
  const living = leases.listLiving().map((entry) => `${entry.id} (${entry.purpose})`);
  throw new CosmosError('id.unknown', `There is no lease "${id}".`, {
    hint: `Leases of this workspace: ${living.join(', ') || 'none'}.`,
  });
}
