import assert from 'node:assert/strict';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {logLines} from '../../src/runner/log-lines.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {removeBlob} from '../support/blobs.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';

describe('logLines', () => {
  let workspace: Workspace;

  before(async () => {
    workspace = await newWorkspace();
  });
  after(closeWorkspaces);

  const store = (text: string): Promise<Descriptor> =>
    workspace.store.push(Buffer.from(text), {mediaType: 'text/plain'});

  async function lines(log: Descriptor | null): Promise<string[]> {
    const found: string[] = [];
    for await (const line of logLines(workspace.store, log)) found.push(line);
    return found;
  }

  it('takes each drawing of a bar as a line', async () => {
    const text = 'first\r\n 0%\r50%\r100%\n\nlast, without an end';
    assert.deepEqual(await lines(await store(text)), ['first', ' 0%', '50%', '100%', 'last, without an end']);
  });

  it('joins what lies in several chunks', async () => {
    const expected = Array.from({length: 50_000}, (_, index) => `line ${index} of a long log, größer`);
    assert.deepEqual(await lines(await store(`${expected.join('\n')}\n`)), expected);
  });

  it('cuts a line that has no end', async () => {
    const found = await lines(await store(`${'x'.repeat(3_000_000)}\nend`));
    assert.equal(found.at(-1), 'end');
    assert.ok(found.length > 2, `${found.length}`);
    assert.equal(found.slice(0, -1).join('').length, 3_000_000);
  });

  it('has none of a log that is lost', async () => {
    const log = await store('a log that is lost');
    await removeBlob(workspace, log);
    assert.deepEqual(await lines(log), []);
    assert.deepEqual(await lines(null), []);
  });
});
