/**
 * Prints the seconds that one thread needs to hash so many bytes that lie in memory already, in blocks of so many: large ones
 * come from memory each time, small ones stay in the processor's cache.
 */
import {createHash, randomBytes} from 'node:crypto';

const [bytes, blockBytes] = process.argv.slice(2).map(Number);
const block = randomBytes(blockBytes);
const hash = createHash('sha256').update(block);
const started = performance.now();
for (let done = 0; done < bytes; done += block.length) hash.update(block);
hash.digest();
process.stdout.write(`${(performance.now() - started) / 1000}\n`);
