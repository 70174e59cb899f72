/**
 * Named pause points: the instants at which a crash or a race would matter. A test stops a real process there by
 * setting COSMOS_PAUSE_AT to the name; the process announces itself on stderr and stops (SIGSTOP) until it is continued
 * or killed. Without the variable a pause point costs one string comparison. POSIX only: Windows has no SIGSTOP.
 */
import {writeSync} from 'node:fs';

const wanted = process.env['COSMOS_PAUSE_AT'];

export function pausePoint(name: string): void {
  if (wanted !== name || process.platform === 'win32') return;
  writeSync(2, `cosmos: paused at ${name} (pid ${process.pid})\n`);
  process.kill(process.pid, 'SIGSTOP');
}
