#!/usr/bin/env node
import {createRequire} from 'node:module';

// A reader that leaves, as in "cosmos help | head", is no failure.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
});

// The most frequent question of scripts, answered without loading the framework.
if (process.argv.length === 3 && process.argv[2] === '--version') {
  const {name, version} = createRequire(import.meta.url)('../package.json');
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else if (isComplete()) {
  const {execute} = await import('@oclif/core/execute');
  await execute({dir: import.meta.url});
} else {
  process.stderr.write(
    'cosmos: this clone is not installed or not built yet. Run "npm start" in it first.\n',
  );
  process.exitCode = 1;
}

/** A clone has neither packages nor a build before its first `npm start`. */
function isComplete() {
  const require = createRequire(import.meta.url);
  try {
    require.resolve('@oclif/core');
    require.resolve('../dist/index.js');
    return true;
  } catch {
    return false;
  }
}
