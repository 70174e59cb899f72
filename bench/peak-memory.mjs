/** Loaded into a measured process: writes its largest resident set, in kB, when it ends. */
import {readFileSync, writeFileSync} from 'node:fs';
import {isMainThread} from 'node:worker_threads';

if (isMainThread) process.once('exit', () => writeFileSync(process.env.PEAK_MEMORY_FILE, peak()));

/** getrusage(2) would count what the parent had when it forked; Linux tells apart what belongs to this program. */
function peak() {
  try {
    return /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  } catch {
    return String(process.resourceUsage().maxRSS);
  }
}
