/**
 * What the store itself still has elsewhere: the trash, when something wrong stands in the blob's place, and the quarantine, as
 * bytes that were read wrongly twice may have been right all the time.
 */
import {join} from 'node:path';
import {hexOf} from '../../cas/digest.ts';
import type {StoreContext} from '../../cas/local/context.ts';
import {digestOfFile} from '../../cas/local/prove.ts';
import {listQuarantine} from '../../cas/local/quarantine.ts';
import {listBatches, trashedBlobPath} from '../../cas/trash/batches.ts';
import {fileCopy, isFileOf} from './files.ts';
import type {Replica} from './replica.ts';

export function trashReplica(context: StoreContext): Replica {
  return {
    name: 'the trash',
    async *listCopies({digest, size}) {
      for (const batch of (await listBatches(context)).reverse()) {
        const where = trashedBlobPath(batch, hexOf(digest));
        if (await isFileOf(where, size)) yield fileCopy(where);
      }
    },
  };
}

/** Read first, as nearly all of them are what they seem, and are no copies that anybody could have tried. */
export function quarantineReplica(context: StoreContext): Replica {
  return {
    name: 'the quarantine',
    async *listCopies({digest, size}) {
      const names = await listQuarantine(context);
      for (const name of names.filter((each) => each.startsWith(hexOf(digest)))) {
        const where = join(context.paths.quarantine, name);
        if (!(await isFileOf(where, size))) continue;
        if ((await digestOfFile(where).catch(() => undefined)) === digest) yield fileCopy(where);
      }
    },
  };
}
