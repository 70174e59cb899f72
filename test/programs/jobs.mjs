/** Jobs that are not video: `node jobs.mjs KIND INPUT OUTPUTS`. */
import {appendFileSync, copyFileSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

const [kind, input, outputs] = process.argv.slice(2);
const target = join(outputs, 'copy.txt');
console.log(`job: ${kind}`);
// How often a job was really started: beside the input, which is beside nothing else.
if (process.env.COUNT_STARTS) appendFileSync(process.env.COUNT_STARTS, `${process.pid}\n`);

const kinds = {
  copy: () => copyFileSync(input, target),
  async slow() {
    for (let step = 1; step <= 10; step += 1) {
      console.log(`step ${step}/10`);
      await sleep(150);
    }
    copyFileSync(input, target);
  },
  fail() {
    writeFileSync(join(outputs, 'partial.txt'), 'half of it\n');
    console.error('the reactor is too hot');
    process.exitCode = 7;
  },
  clock: () => writeFileSync(target, String(process.hrtime.bigint())),
  forget: () => console.log('success!'),
  empty: () => writeFileSync(target, ''),
  many() {
    mkdirSync(join(outputs, 'frames'));
    for (let frame = 0; frame < 30; frame += 1)
      writeFileSync(join(outputs, 'frames', `${frame}.txt`), `frame ${frame}\n`);
    copyFileSync(input, target);
  },
  async forever() {
    for (;;) await sleep(1000);
  },
};
await kinds[kind]();
