/**
 * Before `npm start` and `npm test`: installs and builds what is missing, and nothing else; with --build it builds in any
 * case, the types for those who import the library too. Plain Node, so that it runs before anything is installed, in every shell.
 */
import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => join(ROOT, ...parts);

checkNode();
// npm writes this file when an install is complete; an older one than the lock file means another set of packages.
if (isOlder(at('node_modules', '.package-lock.json'), [at('package-lock.json')]))
  npm('ci', '--no-audit', '--no-fund');
const isAsked = process.argv.includes('--build');
const sources = [
  ...filesBelow(at('src')),
  ...['tsconfig.build.json', 'package.json', 'scripts/bundle.mjs'].map((name) => at(name)),
];
if (isAsked || isOlder(at('dist', 'index.js'), sources)) build();

/** From nothing, so that what was removed from the sources is gone from the build. */
function build() {
  rmSync(at('dist'), {recursive: true, force: true});
  if (isAsked) node(at('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json');
  node(at('scripts', 'bundle.mjs'));
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(
    `cosmos needs Node 20.19 or newer; this is ${process.versions.node}. Get it from nodejs.org.\n`,
  );
  process.exit(1);
}

/** True when the file is missing, or older than one of the others. */
function isOlder(file, others) {
  if (!existsSync(file)) return true;
  const made = statSync(file).mtimeMs;
  return others.some((other) => statSync(other).mtimeMs > made);
}

function filesBelow(folder) {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** npm itself is a program of Node; npm.cmd of Windows would need a shell. */
function npm(...args) {
  const cli = process.env.npm_execpath;
  if (cli) node(cli, ...args);
  else run('npm', args);
}

function node(...args) {
  run(process.execPath, args);
}

/** What went wrong, the program has said itself. */
function run(program, args) {
  const {status, error} = spawnSync(program, args, {cwd: ROOT, stdio: 'inherit'});
  if (status === 0) return;
  process.stderr.write(
    `cosmos: "${[program, ...args].join(' ')}" failed${error ? `: ${error.message}` : ''}\n`,
  );
  process.exit(status ?? 1);
}
