/** Writes to an output until the disk is full, leaves no byte of room, and fails. */
import {closeSync, openSync, writeSync} from 'node:fs';
import {join} from 'node:path';

const file = openSync(join(process.env.COSMOS_OUTPUTS, 'big'), 'w');
for (let bytes = 1 << 16; bytes >= 1;) {
  try {
    writeSync(file, Buffer.alloc(bytes, 1));
  } catch {
    bytes >>= 1;
  }
}
closeSync(file);
process.exitCode = 1;
