/** Names of a run's files, before they become paths on this machine. */
import {CosmosError} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {isSafeOutputName} from './sums.ts';

/** @throws CosmosError document.invalid for a name that leads out of the folder it is put in */
export function requireBelow({id}: RunDocument, name: string): void {
  if (staysBelow(name)) return;
  throw new CosmosError(
    'document.invalid',
    `Run ${id} names a file ${JSON.stringify(name)}, which leads out of any folder, or that this system cannot hold.`,
    {
      hint: 'Nothing was written. Such a name comes from another system, or from whoever changed the document.',
      facts: {run: id, name},
    },
  );
}

/** A document may come from elsewhere, and say anything. Names that only some systems hold are theirs to refuse. */
function staysBelow(name: string): boolean {
  if (process.platform === 'win32') return isSafeOutputName(name);
  return !name.includes('\0') && name.split('/').every((segment) => !['', '.', '..'].includes(segment));
}
