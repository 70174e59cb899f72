/**
 * Starts a worker thread on a module, from the build and from TypeScript sources alike. Node 20 does not hand module
 * loaders down to threads (neither by inheritance nor by `--import`), so a thread on sources registers tsx by itself.
 */
import {createRequire} from 'node:module';
import {extname} from 'node:path';
import {pathToFileURL} from 'node:url';
import {Worker} from 'node:worker_threads';
import {moduleFile} from '../root.ts';

/** @param name as in `moduleFile` */
export function startThread(name: string, workerData?: unknown): Worker {
  const module = moduleFile(name);
  if (extname(module.pathname) !== '.ts') return new Worker(module, {workerData});
  const loader = JSON.stringify(loaderOf(module));
  const start = `import(${loader}).then((tsx) => { tsx.register(); return import(${JSON.stringify(module.href)}); })`;
  return new Worker(start, {eval: true, workerData});
}

/** The address of tsx's module loader. A test runner may have loaded this module as CommonJS: `import.meta` says little then. */
function loaderOf(from: URL): string {
  const tsx = createRequire(from).resolve('tsx/package.json');
  return new URL('dist/esm/api/index.mjs', pathToFileURL(tsx)).href;
}
