/** The published vectors of RFC 8785 through what writes documents: the functions, and a document on the disk. */
import assert from 'node:assert/strict';
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {canonicalBytes, canonicalText} from '../../src/manifest/canonical.ts';
import {makeRun, runId} from '../support/documents.ts';
import {readVector} from '../support/vectors.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';

const NAMES = ['arrays', 'french', 'structures', 'unicode', 'values', 'weird'];

async function readPair(name: string): Promise<{value: object; text: string}> {
  const value = JSON.parse(await readVector(`rfc8785/input/${name}.json`)) as object;
  return {value, text: await readVector(`rfc8785/output/${name}.json`)};
}

describe('the vectors of RFC 8785', () => {
  let workspace: Workspace;
  before(async () => (workspace = await newWorkspace()));
  after(closeWorkspaces);

  /** What a document on the disk says of its parameters. */
  async function writtenParameters(number: number, parameters: Record<string, unknown>): Promise<string> {
    const run = makeRun(runId(number), {kind: 'custom', parameters});
    await workspace.documents.create('runs', run);
    const bytes = await readFile(workspace.documents.pathOf('runs', run.id), 'utf8');
    const [, written] = /"parameters":(.*),"parents":\[\]/.exec(bytes) ?? [];
    return written ?? bytes;
  }

  for (const [index, name] of NAMES.entries()) {
    it(`come out as published: ${name}`, async () => {
      const {value, text} = await readPair(name);
      assert.equal(canonicalText(value), text);
      assert.equal(Buffer.from(canonicalBytes(value)).toString(), `${text}\n`);
      assert.equal(await writtenParameters(index + 1, {value}), `{"value":${text}}`);
    });
  }

  it('come out as published: the numbers of appendix B', async () => {
    const rows = (await readVector('rfc8785/numbers.csv')).trim().split('\n');
    assert.equal(rows.length, 24);
    const pairs = rows.map((row) => {
      const [bits = '', text = ''] = row.split(',');
      return {value: Buffer.from(bits, 'hex').readDoubleBE(), text};
    });
    for (const {value, text} of pairs) assert.equal(canonicalText(value), text);
    const texts = pairs.map(({text}) => text).join(',');
    assert.equal(
      await writtenParameters(100, {numbers: pairs.map(({value}) => value)}),
      `{"numbers":[${texts}]}`,
    );
  });

  /** A document that a later version left on the disk, in any layout of its own, and this one rewrites. */
  async function rewrittenMember(number: number, json: string): Promise<string> {
    const id = runId(number);
    const path = workspace.documents.pathOf('runs', id);
    await workspace.documents.create('runs', makeRun(id));
    const bytes = await readFile(path, 'utf8');
    await writeFile(
      path,
      bytes.replace('"events":', () => `"dated": ${json},\n"events":`),
    );
    await workspace.documents.replace('runs', id, (run) => ({...run, notes: 'again'}));
    const [, written] = /"dated":(.*),"events":\[\]/.exec(await readFile(path, 'utf8')) ?? [];
    return written ?? bytes;
  }

  for (const [index, name] of NAMES.entries()) {
    it(`outlast a rewrite in a member that nobody knows: ${name}`, async () => {
      const input = await readVector(`rfc8785/input/${name}.json`);
      const {text} = await readPair(name);
      assert.equal(await rewrittenMember(200 + index, input), text);
    });
  }

  // RFC 8785, sections 3.2.2.2 and 3.2.2.3: both have to end in an error.
  const impossible: Record<string, unknown> = {
    'not a number': Buffer.from('7fffffffffffffff', 'hex').readDoubleBE(),
    infinity: Buffer.from('7ff0000000000000', 'hex').readDoubleBE(),
    'half a character': '\ud800',
    'a key of half a character': {'\udead': 1},
    'a big integer': 1n,
  };
  for (const [name, value] of Object.entries(impossible)) {
    it(`leave nothing behind for what JSON cannot say: ${name}`, async () => {
      const before = await readdir(join(workspace.documents.folder, 'runs'));
      assert.throws(() => canonicalText(value));
      const run = makeRun(runId(300), {kind: 'custom', parameters: {value}});
      await assert.rejects(workspace.documents.create('runs', run));
      assert.deepEqual(await readdir(join(workspace.documents.folder, 'runs')), before);
      assert.equal(workspace.index.has('runs', run.id), false);
    });
  }
});
