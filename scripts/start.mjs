/** `npm start`: says which command it runs, and runs it. */
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const args = ['run', 'examples/scenes/city', '--prompt', 'golden hour, warm light, long shadows'];
const shown = args.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg)).join(' ');
process.stdout.write(`$ cosmos ${shown}\n`);
const run = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const {status} = spawnSync(process.execPath, [run, ...args], {
  stdio: 'inherit',
  cwd: fileURLToPath(new URL('..', import.meta.url)),
});
process.exitCode = status ?? 1;
