/**
 * `npm run bench [NAME…]`: measures whole processes side by side with their peers, interleaved, medians of five after one
 * round to warm up, and prints a table. Needs Linux with sha256sum, openssl and about 20 GB of free space.
 */
import {mkdtemp, rm} from 'node:fs/promises';
import {cpus, tmpdir} from 'node:os';
import {join} from 'node:path';
import {BENCHES} from './figures.ts';
import {isMet, renderFigures, type Figure} from './table.ts';

const wanted = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'cosmos-bench-'));
const figures: Figure[] = [];
try {
  for (const {name, measure} of BENCHES) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    process.stderr.write(`measuring ${name}\n`);
    figures.push(...(await measure(folder)));
  }
} finally {
  await rm(folder, {recursive: true, force: true});
}
process.stdout.write(
  `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}\n\n${renderFigures(figures)}\n`,
);
if (!figures.every(({value, bound}) => isMet(value, bound))) process.exitCode = 1;
