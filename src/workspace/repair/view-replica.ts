/** Views are copies for people, who may have changed or deleted them. A view of hard links has the very bytes of the blob. */
import {join} from 'node:path';
import {PARTIAL, viewFolder} from '../../runner/view.ts';
import {fileCopy, isFileOf} from './files.ts';
import type {Replica} from './replica.ts';

export function viewReplica(outputs: string): Replica {
  return {
    name: 'the views in outputs/',
    async *listCopies(blob) {
      for (const {kind, id, name, how} of blob.mentions) {
        if (kind !== 'runs' || name === null || how === 'used') continue;
        const folder = viewFolder(outputs, id);
        for (const where of [join(folder, name), join(folder, PARTIAL, name)])
          if (await isFileOf(where, blob.size)) yield fileCopy(where);
      }
    },
  };
}
