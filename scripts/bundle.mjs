/**
 * Builds the program in this folder: one file for each of its entries, and pieces that they share, so that a command starts by
 * loading fewer files. What is in node_modules stays there. The types are left to the compiler.
 */
import {build} from 'esbuild';

const ENTRIES = [
  'src/index.ts',
  'src/root.ts',
  'src/commands/**/*.ts',
  'src/cli/unknown-command.ts',
  // Programs and threads
  'src/cas/catalog/exclusion-program.ts',
  'src/media/thumbnails/program.ts',
  'src/platform/hash-worker.ts',
  'src/runner/launchers/process/supervisor.ts',
  'src/runner/launchers/process/wrapper.ts',
  'src/runner/models/enhance/program.ts',
  'src/runner/models/preview/program.ts',
  'src/runner/models/preview/worker.ts',
  // What the library keeps to itself, for those who measure it
  'src/runner/transports/ssh/make-session.ts',
  'src/runner/transports/ssh/transport.ts',
  'src/workspace/workspace.ts',
];

await build({
  entryPoints: ENTRIES,
  outbase: 'src',
  outdir: 'dist',
  // In the top folder, as src/root.ts expects it of every piece.
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  tsconfig: 'tsconfig.json',
  logLevel: 'warning',
});
