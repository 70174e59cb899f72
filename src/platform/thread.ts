/**
 * Starts a worker thread on a module, from the build and from TypeScript sources alike. Node 20 does not hand module
 * loaders down to threads (neither by inheritance nor by `--import`), so a thread on sources registers tsx by itself.
 */
import {createRequire} from 'node:module';
import {extname} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {Worker} from 'node:worker_threads';

/** `name` is a module next to the one with the address `from`, without its ending, which is the same for both. */
export function startThread(name: string, from: string, workerData?: unknown): Worker {
  const ending = extname(fileURLToPath(from));
  const module = new URL(`${name}${ending}`, from);
  if (ending !== '.ts') return new Worker(module, {workerData});
  const loader = JSON.stringify(loaderOf(from));
  const start = `import(${loader}).then((tsx) => { tsx.register(); return import(${JSON.stringify(module.href)}); })`;
  return new Worker(start, {eval: true, workerData});
}

/** The address of tsx's module loader. A test runner may have loaded this module as CommonJS: `import.meta` says little then. */
function loaderOf(from: string): string {
  const tsx = createRequire(from).resolve('tsx/package.json');
  return new URL('dist/esm/api/index.mjs', pathToFileURL(tsx)).href;
}
