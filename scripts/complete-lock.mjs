/**
 * After `npm install` has changed package-lock.json: adds the optional binaries of other systems that npm left out of it
 * (npm/cli#4828), without which `npm ci` refuses the file there. They come as `<package>-<os>-<cpu>[-<libc>]`.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const LOCK = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const CPUS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
const packages = lock.packages;
for (const [path, {optionalDependencies = {}, dev}] of Object.entries(packages)) {
  for (const [name, range] of Object.entries(optionalDependencies)) {
    if (path === '' || isLocked(path, name)) continue;
    packages[`node_modules/${name}`] = entryOf(name, range, dev);
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);

/** Whether Node would find the package from `path`, by walking up. */
function isLocked(path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[`${folder}${folder === '' ? '' : '/'}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}

function entryOf(name, range, dev) {
  const words = name.split(/[-/]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = CPUS.filter(
    (kind) =>
      words.includes(kind) || (kind === 'arm' && words.some((word) => /^(arm|armv7|gnueabihf)$/.test(word))),
  );
  if (os.length + cpu.length === 0) throw new Error(`${name} does not say for which system it is`);
  return {
    version: range.replace(/^[\^~]/, ''),
    ...(cpu.length > 0 && {cpu}),
    ...(dev && {dev}),
    ...(os.length > 0 && {os}),
    optional: true,
  };
}
