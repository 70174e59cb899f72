/**
 * The supervisor's sources as they are shipped in remote/, and the one name that stands for all of them: the digest of
 * names and bytes. A target keeps each version in a folder of that name, which never changes once it is complete.
 */
import {createHash} from 'node:crypto';
import {readRemote} from '../../remote-text.ts';

/** The entry comes last: where it lies, everything that it needs does. */
const NAMES = [
  ...['common.sh', 'files.sh', 'state.sh', 'process.sh', 'container.sh', 'init.sh', 'wrapper.sh', 'hold.sh'],
  ...['hash.sh', 'hash-batch.sh', 'names.awk', 'list.awk', 'join.awk', 'exit.awk', 'finish.sh'],
  ...['logind.sh', 'gpus.sh', 'line.sh', 'slots.sh', 'silence.sh', 'watch.sh', 'adopt.sh', 'supervisor.sh'],
];

export interface Scripts {
  /** 64 lower-case hex digits. */
  digest: string;
  files: {name: string; bytes: Buffer}[];
}

export async function readScripts(): Promise<Scripts> {
  const hash = createHash('sha256');
  const files: Scripts['files'] = [];
  for (const name of NAMES) {
    const bytes = Buffer.from(await readRemote(name));
    hash.update(`${name}\0${bytes.length}\0`).update(bytes);
    files.push({name, bytes});
  }
  return {digest: hash.digest('hex'), files};
}
