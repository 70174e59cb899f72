import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {readAll} from '../../src/cas/verified-read.ts';
import {CHUNK_BYTES, fileChunks} from '../../src/platform/chunks.ts';
import {temporaryFolder} from '../support/temporary.ts';

describe('fileChunks', () => {
  const bytes = Buffer.from(Array.from({length: 2 * CHUNK_BYTES + 5}, (_, index) => index * 31));
  let path: string;
  before(async () => {
    path = join(await temporaryFolder(), 'file');
    await writeFile(path, bytes);
  });

  it('gives the whole file in big pieces', async () => {
    const sizes: number[] = [];
    for await (const chunk of fileChunks(path)) sizes.push(chunk.length);
    assert.deepEqual(sizes, [CHUNK_BYTES, CHUNK_BYTES, 5]);
    assert.deepEqual(await readAll(fileChunks(path)), bytes);
  });

  for (const [start, end] of [
    [0, 1],
    [CHUNK_BYTES - 1, CHUNK_BYTES + 1],
    [5, 5],
    [2 * CHUNK_BYTES, undefined],
    [bytes.length, undefined],
    [10, bytes.length + 100],
  ] as const) {
    it(`gives the range ${start} to ${String(end)}`, async () => {
      const read = await readAll(fileChunks(path, {start, ...(end !== undefined && {end})}));
      assert.deepEqual(read, bytes.subarray(start, end));
    });
  }

  it('says what kind of thing cannot be read', async () => {
    const folder = await temporaryFolder();
    await assert.rejects(readAll(fileChunks(join(folder, 'absent'))), {
      code: 'file.unreadable',
      message: /no file/,
    });
    await assert.rejects(readAll(fileChunks(folder)), {code: 'file.unreadable', message: /is a folder/});
  });

  it('may be left before its end', async () => {
    for await (const chunk of fileChunks(path)) {
      assert.equal(chunk.length, CHUNK_BYTES);
      break;
    }
  });

  it('stops when the signal is aborted', async () => {
    const controller = new AbortController();
    const reading = (async () => {
      for await (const chunk of fileChunks(path, {signal: controller.signal})) {
        assert.ok(chunk.length > 0);
        controller.abort();
      }
    })();
    await assert.rejects(reading, {name: 'AbortError'});
  });
});
