/** Writes two outputs and counts how often it was started; waits before the end when told to. */
import {appendFileSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const outputs = process.env.COSMOS_OUTPUTS;
appendFileSync('starts', `${process.env.COSMOS_JOB}\n`);
console.log(`secret: ${process.env.COSMOS_TEST_SECRET}, named: ${process.env.COSMOS_TEST_NAMED}`);
mkdirSync(join(outputs, 'frames'));
writeFileSync(join(outputs, 'output.mp4'), 'x'.repeat(3_000_000));
writeFileSync(join(outputs, 'frames', 'frame 1 ünïcode.txt'), 'one\n');
const waitMs = Number(process.argv[2] ?? 0);
setTimeout(() => console.log('done'), waitMs);
