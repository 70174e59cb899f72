/** Succeeds and leaves a process behind that goes on writing to an output; with `escape` in a session of its own. */
import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const program = fileURLToPath(new URL('./keeps-writing.mjs', import.meta.url));
const child = spawn(process.execPath, [program], {
  detached: process.argv[2] === 'escape',
  stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
});
child.once('message', () => {
  child.disconnect();
  child.unref();
});
