/** Where LMDB may not be: its locks and its memory map do not reach the other computers of a network filesystem. */
import {CosmosError} from '../../errors.ts';
import {findFilesystem} from '../../platform/ground/filesystem.ts';

/** What is unknown is let through: `cosmos doctor` tries it. @throws CosmosError catalog.unsafe */
export function requireLocalDisk(folder: string): void {
  const {type, place} = findFilesystem(folder);
  if (place !== 'network') return;
  const name = type === null ? '' : ` (${type})`;
  throw unsafeCatalog(`${folder} is on a network filesystem${name}.`, {folder, type});
}

/** The record of the ground says that locks do not keep others out. */
export function refuseLocks(folder: string): CosmosError {
  return unsafeCatalog(
    `In ${folder} two processes could write to the catalog at once, as "cosmos doctor" has found.`,
    {folder},
  );
}

function unsafeCatalog(message: string, facts: Record<string, unknown>): CosmosError {
  return new CosmosError('catalog.unsafe', `${message} The catalog would be damaged there.`, {
    hint: 'No run and no file was touched. Keep the workspace on a disk of this computer (--workspace or COSMOS_WORKSPACE says where), and copy it from there to the network: docs/backup.md says how. "cosmos doctor DIR" tries a folder.',
    facts,
  });
}
