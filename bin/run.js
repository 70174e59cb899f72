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
} else {
  const {execute} = await import('@oclif/core');
  await execute({dir: import.meta.url});
}
