/**
 * `npm run test:mutations [-- --grep WORDS]`: breaks the code on purpose, one step at a time, in a copy of the repository; some
 * test has to notice. Prints the table of docs/reliability.md. A mutation that does not fit the code any more fails, too.
 */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {cp, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {REPOSITORY} from '../support/cli.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {CHANGING} from './documents.ts';
import {COLLECTING} from './gc.ts';
import {LEASING} from './leases.ts';
import type {Mutation} from './mutation.ts';
import {PUBLISHING} from './publish.ts';
import {RESTORING} from './undo.ts';

const COPIED = [
  'src',
  'test',
  'bin',
  'dist',
  'schemas',
  'examples',
  'remote',
  'scripts',
  'package.json',
  'tsconfig.json',
];
const FILES = [...COPIED, '.mocharc.json', 'oclif.manifest.json'];
const MUTATIONS = {
  publish: PUBLISHING,
  documents: CHANGING,
  gc: COLLECTING,
  'gc undo': RESTORING,
  leases: LEASING,
};
const LONGEST_MS = 10 * 60_000;

async function copyRepository(): Promise<string> {
  const root = await temporaryFolder('mutated');
  for (const name of FILES) await cp(join(REPOSITORY, name), join(root, name), {recursive: true});
  await symlink(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  return root;
}

/** @returns the title of the first test that failed; undefined when none did */
async function firstFailure(root: string, tests: readonly string[]): Promise<string | undefined> {
  const report = join(root, 'report.json');
  const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js');
  const args = [mocha, '--bail', '--reporter', 'json', '--reporter-option', `output=${report}`];
  const files = tests.map((name) => join('test', name));
  const hasPassed = await new Promise<boolean>((resolve) => {
    execFile(process.execPath, [...args, ...files], {cwd: root, timeout: LONGEST_MS}, (error) =>
      resolve(!error),
    );
  });
  if (hasPassed) return undefined;
  const {failures} = JSON.parse(await readFile(report, 'utf8')) as {
    failures: {fullTitle: string; file: string}[];
  };
  const [first] = failures;
  return `${first?.file.slice(root.length + 1) ?? 'no test'}: ${first?.fullTitle ?? 'it could not be run'}`;
}

/** In the sources, and in the build that tests of the command line use. @returns what takes it back */
async function mutate(root: string, {file, from, to}: Mutation): Promise<() => Promise<void>> {
  const before = await readFile(join(root, 'src', file), 'utf8');
  assert.equal(before.split(from).length, 2, `${file} does not have exactly one ${JSON.stringify(from)}`);
  await change(
    root,
    file,
    before.replace(from, () => to),
  );
  // The next mutation builds all of it anew.
  return () => writeFile(join(root, 'src', file), before);
}

/** As the build does it, without the types, which a mutation may break. */
async function change(root: string, file: string, source: string): Promise<void> {
  await writeFile(join(root, 'src', file), source);
  await rm(join(root, 'dist'), {recursive: true});
  await promisify(execFile)(process.execPath, [join('scripts', 'bundle.mjs')], {cwd: root});
}

describe('the code is broken on purpose', function () {
  this.timeout(LONGEST_MS);
  const lines: string[] = [];
  let root: string;

  before(async () => {
    root = await copyRepository();
    const tests = Object.values(MUTATIONS).flatMap((mutations) => mutations.flatMap(({tests}) => tests));
    assert.equal(await firstFailure(root, [...new Set(tests)]), undefined, 'a test fails as things are');
  });
  after(() => console.log(lines.join('\n')));

  for (const [part, mutations] of Object.entries(MUTATIONS))
    describe(part, () => {
      for (const mutation of mutations)
        it(mutation.what, async () => {
          const restore = await mutate(root, mutation);
          const noticed = await firstFailure(root, mutation.tests).finally(restore);
          assert.ok(noticed, 'no test noticed');
          lines.push(`| ${part} | ${mutation.what} | \`${noticed.replace(': ', '`: ')} |`);
        });
    });
});
