/**
 * Worker thread of the scrub: reads whole files and answers with their SHA-256. Synchronous reads into one buffer, as
 * nothing else runs in this thread; 4 MiB keeps the hash fed and the memory small.
 */
import {createHash} from 'node:crypto';
import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {parentPort} from 'node:worker_threads';

export interface HashRequest {
  path: string;
}

export type HashAnswer = {hex: string; bytes: number; inode: bigint} | {errno: string; message: string};

const BUFFER_BYTES = 4 << 20;
const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

function hashFile(path: string): HashAnswer {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const count = readSync(file, buffer, 0, BUFFER_BYTES, null);
      if (count === 0) return {hex: hash.digest('hex'), bytes, inode: fstatSync(file, {bigint: true}).ino};
      hash.update(count === BUFFER_BYTES ? buffer : buffer.subarray(0, count));
      bytes += count;
    }
  } finally {
    closeSync(file);
  }
}

parentPort?.on('message', ({path}: HashRequest) => {
  let answer: HashAnswer;
  try {
    answer = hashFile(path);
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    answer = {errno: code ?? 'UNKNOWN', message};
  }
  parentPort?.postMessage(answer);
});
