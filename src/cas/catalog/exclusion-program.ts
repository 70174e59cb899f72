/** The second process of exclusion.ts: writes, stays inside the transaction until its input ends, and leaves. */
import {readSync, writeSync} from 'node:fs';
import {isErrno} from '../../errors.ts';
import {Catalog} from './catalog.ts';
import {WORD} from './exclusion.ts';

const [folder = ''] = process.argv.slice(2);
const catalog = await Catalog.open(folder);
const table = catalog?.table<string, string>(WORD.table);
await catalog?.transaction('trying the lock', () => {
  void table?.put(WORD.key, WORD.inside);
  writeSync(1, WORD.inside);
  waitForEnd();
});
await catalog?.close();

/** Windows says EOF where others return nothing. */
function waitForEnd(): void {
  try {
    readSync(0, Buffer.alloc(1));
  } catch (error) {
    if (!isErrno(error, 'EOF')) throw error;
  }
}
