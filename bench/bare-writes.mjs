/** The peer of a put of many small files: create, write, fdatasync, close, with the same number in flight. */
import {open, readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';

const [folder, ...files] = process.argv.slice(2);
const IN_FLIGHT = 16;
let next = 0;

async function lane() {
  while (next < files.length) {
    const file = files[next++];
    const bytes = await readFile(file);
    const handle = await open(join(folder, basename(file)), 'wx');
    await handle.write(bytes);
    await handle.datasync();
    await handle.close();
  }
}

await Promise.all(Array.from({length: IN_FLIGHT}, lane));
