/** Puts every file of a folder into a cache, with as many in flight as our own command stages at once. */
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {put} from 'cacache';

const [cache, folder] = process.argv.slice(2);
const IN_FLIGHT = 16;
const names = await readdir(folder);

async function lane() {
  for (let name = names.pop(); name !== undefined; name = names.pop())
    await put(cache, name, await readFile(join(folder, name)));
}

await Promise.all(Array.from({length: IN_FLIGHT}, lane));
