import assert from 'node:assert/strict';
import {appendFile, readFile, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {Journal, type JournalEntry} from '../../src/cas/journal.ts';
import {startProgram} from '../support/programs.ts';
import {temporaryFolder} from '../support/temporary.ts';

const AT = Date.parse('2026-11-23T14:05:09.123Z');

async function entriesOf(folder: string): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of new Journal(folder, 'reader', () => AT).entries()) entries.push(entry);
  return entries;
}

describe('Journal', () => {
  it('keeps what was appended, in order', async () => {
    const folder = await temporaryFolder('journal');
    const journal = new Journal(folder, 'gc', () => AT);
    await journal.append('condemn', {reason: 'nobody names it'});
    await journal.append('expire', {});
    assert.deepEqual(await entriesOf(folder), [
      {at: '2026-11-23T14:05:09.123Z', action: 'condemn', actor: 'gc', reason: 'nobody names it'},
      {at: '2026-11-23T14:05:09.123Z', action: 'expire', actor: 'gc'},
    ]);
  });

  it('begins a file for each month', async () => {
    const folder = await temporaryFolder('journal');
    let now = AT;
    const journal = new Journal(folder, 'gc', () => now);
    await journal.append('put', {});
    now = Date.parse('2026-12-01T00:00:00.000Z');
    await journal.append('put', {});
    assert.deepEqual((await readdir(folder)).sort(), ['2026-11.ndjson', '2026-12.ndjson']);
    assert.equal((await entriesOf(folder)).length, 2);
  });

  it('skips a torn line and closes it', async () => {
    const folder = await temporaryFolder('journal');
    const journal = new Journal(folder, 'gc', () => AT);
    await journal.append('put', {number: 1});
    await appendFile(join(folder, '2026-11.ndjson'), '{"at":"2026-11-23T14:05');
    assert.equal((await entriesOf(folder)).length, 1);
    await journal.append('put', {number: 2});
    assert.deepEqual(
      (await entriesOf(folder)).map(({number}) => number),
      [1, 2],
    );
    assert.equal((await readFile(join(folder, '2026-11.ndjson'), 'utf8')).split('\n').length, 4);
  });

  it('skips lines that are no entries', async () => {
    const folder = await temporaryFolder('journal');
    await writeFile(join(folder, '2026-11.ndjson'), 'null\n[]\n{"at":"x"}\n\n');
    assert.deepEqual(await entriesOf(folder), []);
  });

  it('reads nothing where there is none', async () => {
    assert.deepEqual(await entriesOf(join(await temporaryFolder('journal'), 'absent')), []);
  });

  it('never mixes long lines of several processes', async () => {
    const folder = await temporaryFolder('journal');
    const writers = [1, 2, 3].map(() => startProgram('journal', folder, ['12']));
    await Promise.all(writers.map((writer) => writer.finish()));
    const entries = await entriesOf(folder);
    assert.equal(entries.length, 36);
    for (const writer of writers) {
      const counts = entries
        .filter(({pid}) => pid === writer.pid)
        .map(({count}) => Number(count))
        .sort((a, b) => a - b);
      assert.deepEqual(
        counts,
        Array.from({length: 12}, (_, index) => index),
      );
    }
  });
});
