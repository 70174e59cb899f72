/** Makes a host key known, as ssh does when it is told "yes": one line at the end of a file, every other one untouched. */
import {appendFile, mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import {CosmosError} from '../../../errors.ts';
import {typeOf} from './host-key.ts';
import {knownHostName, readKnownHosts} from './known-hosts.ts';

export interface NewHostKey {
  /** What the key is filed under. */
  hostName: string;
  port: number;
  key: Buffer;
  /** Where it will be looked for, the user's own files first. */
  knownHostsFiles: readonly string[];
}

/**
 * Adds the key to the first file that is the user's own.
 * @returns the path of that file
 * @throws CosmosError config.invalid, file.unreadable, output.failed
 */
export async function addKnownHost({hostName, port, key, knownHostsFiles}: NewHostKey): Promise<string> {
  const file = knownHostsFiles.find((path) => !path.startsWith('/etc/') && path !== '/dev/null');
  if (file === undefined) {
    throw new CosmosError('config.invalid', `Your ssh config keeps no host keys for ${hostName}.`, {
      hint: 'Remove UserKnownHostsFile from that part of your ssh config, so that keys are kept in ~/.ssh/known_hosts.',
      facts: {host: hostName, knownHostsFiles},
    });
  }
  await appendKnownHost(file, hostName, port, key);
  return file;
}

/** Makes the folder with mode 0700 when it is not there. */
async function appendKnownHost(file: string, host: string, port: number, key: Buffer): Promise<void> {
  const type = typeOf(key);
  if (type === undefined) throw new Error('not a public key');
  const text = await readKnownHosts(file);
  // A last line without an end would swallow the new one.
  const start = text === '' || text.endsWith('\n') ? '' : '\n';
  const line = `${knownHostName(host, port)} ${type} ${key.toString('base64')}\n`;
  try {
    await mkdir(dirname(file), {recursive: true, mode: 0o700});
    await appendFile(file, `${start}${line}`, {mode: 0o600});
  } catch (error) {
    throw new CosmosError('output.failed', `Cannot add the host key to ${file}.`, {
      hint: 'Make the file writable for you, or add the line yourself.',
      cause: error,
      facts: {path: file, line: line.trim()},
    });
  }
}
