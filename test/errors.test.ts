import assert from 'node:assert/strict';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {CosmosError, ERROR_CODES, EXIT, isErrno} from '../src/errors.ts';
import {REPOSITORY} from './support/cli.ts';

const DOCUMENT = join(REPOSITORY, 'docs', 'errors.md');

/** The cells of every row of the table below a heading. */
async function rowsBelow(heading: string): Promise<string[][]> {
  const text = await readFile(DOCUMENT, 'utf8');
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
  );
}

async function sources(): Promise<Map<string, string>> {
  const folder = join(REPOSITORY, 'src');
  const names = (await readdir(folder, {recursive: true})).filter((name) => /\.tsx?$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return new Map(names.map((name, index) => [name, texts[index] ?? '']));
}

async function matches(pattern: RegExp, files: (name: string) => boolean): Promise<string[]> {
  const found = new Set<string>();
  for (const [name, text] of await sources())
    if (files(name)) for (const [, match = ''] of text.matchAll(pattern)) found.add(match);
  return Array.from(found).sort();
}

describe('docs/errors.md', () => {
  it('lists every error code with its exit code', async () => {
    const rows = await rowsBelow('Error codes');
    assert.deepEqual(
      Object.fromEntries(rows.map(([code, , exit]) => [code, Number(exit)])),
      Object.fromEntries(Object.entries(ERROR_CODES)),
    );
    assert.equal(rows.length, Object.keys(ERROR_CODES).length);
  });

  it('says for each what to do', async () => {
    for (const [code, meaning, , remedy] of await rowsBelow('Error codes')) {
      assert.match(meaning ?? '', /\w.*\.$/, code);
      assert.match(remedy ?? '', /\w.*\.$/, code);
    }
  });

  it('lists every exit code', async () => {
    const rows = await rowsBelow('Exit codes');
    assert.deepEqual(
      rows.map(([code]) => Number(code)),
      Object.values(EXIT),
    );
  });

  it('lists every class of failure', async () => {
    const known = await matches(/\bclass: '([^']+)'/g, (name) => name.startsWith('runner'));
    assert.deepEqual((await rowsBelow('Why runs fail')).map(([name]) => name).sort(), known);
  });

  it('lists everything that verify finds', async () => {
    const report = join('workspace', 'verify', 'report.ts');
    const known = await matches(/^ {4}\| '([a-z.]+)'/gim, (name) => name === report);
    assert.ok(known.length > 10);
    assert.deepEqual((await rowsBelow('What verify finds')).map(([name]) => name).sort(), known);
  });
});

describe('ERROR_CODES', () => {
  it('holds no code that nothing throws', async () => {
    const thrown = await matches(/CosmosError\(\s*'([^']+)'/g, () => true);
    const chosen = await matches(/\bcode: '([^']+)'/g, (name) => name.endsWith('verify-host.ts'));
    assert.deepEqual([...new Set([...thrown, ...chosen])].sort(), Object.keys(ERROR_CODES).sort());
  });

  it('uses only documented exit codes', () => {
    const exits: readonly number[] = Object.values(EXIT);
    for (const [code, exit] of Object.entries(ERROR_CODES)) assert.ok(exits.includes(exit), code);
  });
});

describe('CosmosError', () => {
  it('knows its exit code and keeps its cause', () => {
    const cause = new Error('below');
    const error = new CosmosError('store.full', 'full', {hint: 'Free some.', cause, facts: {path: '/x'}});
    assert.equal(error.exitCode, EXIT.failure);
    assert.equal(error.cause, cause);
    assert.equal(error.hint, 'Free some.');
    assert.deepEqual(error.facts, {path: '/x'});
    assert.deepEqual(new CosmosError('id.unknown', 'none').facts, {});
  });
});

describe('isErrno', () => {
  it('tells errors of the system from all others', () => {
    const error = Object.assign(new Error('no'), {code: 'ENOENT'});
    assert.ok(isErrno(error));
    assert.ok(isErrno(error, 'EACCES', 'ENOENT'));
    assert.ok(!isErrno(error, 'EACCES'));
    assert.ok(!isErrno(new Error('no')));
    assert.ok(!isErrno({code: 'ENOENT'}));
    assert.ok(!isErrno(undefined));
  });
});
