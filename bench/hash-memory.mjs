/** Prints the seconds that one thread needs to hash so many bytes that lie in memory already. */
import {createHash, randomBytes} from 'node:crypto';

const bytes = Number(process.argv[2]);
const block = randomBytes(64 << 20);
const hash = createHash('sha256').update(block);
const started = performance.now();
for (let done = 0; done < bytes; done += block.length) hash.update(block);
hash.digest();
process.stdout.write(`${(performance.now() - started) / 1000}\n`);
