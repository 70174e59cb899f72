/** What targets are given from the command line: the environment, the home, and a way to ask for a passphrase. */
import {homedir} from 'node:os';
import type {TargetOptions} from '../workspace/targets.ts';
import {askHidden} from './ask-hidden.ts';

export function targetOptions({isQuiet = false} = {}): TargetOptions {
  const canAsk = !isQuiet && process.stdin.isTTY && process.stderr.isTTY;
  return {
    env: process.env,
    home: homedir(),
    ...(canAsk && {askPassphrase: (what: string) => askHidden(`Passphrase for ${what}: `)}),
  };
}
