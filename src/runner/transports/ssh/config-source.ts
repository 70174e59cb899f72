/** Where the words of an ssh config come from, and the form in which they are handed on. */
import {userInfo} from 'node:os';
import type {SshTargetOptions} from './options.ts';

/** Keywords in lower case, each with the values of its lines, or of its first line where only that one counts. */
export type ConfigWords = ReadonlyMap<string, readonly string[]>;

/** What of the options stays the same for every host on the way. */
export type ConfigSource = Pick<
  SshTargetOptions,
  'home' | 'env' | 'configFile' | 'sshProgram' | 'knownHostsFiles'
>;

/** The system may not know the user: in a container with a bare number, for one. */
export function localUser(): {name: string; home: string} {
  try {
    const {username, homedir} = userInfo();
    return {name: username, home: homedir};
  } catch {
    return {name: '', home: ''};
  }
}
