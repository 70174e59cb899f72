import assert from 'node:assert/strict';
import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {VerifyReport} from '../../src/workspace/verify/report.ts';
import {cosmos, cosmosJson, makeCliWorkspace} from '../support/cli.ts';
import {contentsOf, copyWorkspace} from '../support/workspaces.ts';

describe('a damaged workspace', function () {
  this.timeout(60_000);

  let whole = '';
  let id = '';

  before(async () => {
    whole = await makeCliWorkspace();
    ({id} = await cosmosJson<RunDocument>(['run', 'request.json', '--model', 'copy'], {cwd: whole}));
  });

  /** A copy in which one file was changed; every command has to refuse with the code and to change nothing. */
  async function refuses(
    file: string,
    change: (text: string) => string | undefined,
    {code, commands, words}: {code: string; commands: readonly string[][]; words: RegExp},
  ): Promise<string> {
    const root = await copyWorkspace(whole);
    const path = join(root, file);
    const text = change(await readFile(path, 'utf8'));
    if (text === undefined) await rm(path);
    else await writeFile(path, text);
    const held = await contentsOf(root);
    for (const args of commands) {
      const outcome = await cosmos(args, {cwd: root});
      assert.equal(outcome.code, 12, `${args.join(' ')}: ${outcome.stderr}`);
      assert.ok(outcome.stderr.includes(`(${code}, exit 12`), outcome.stderr);
      assert.match(outcome.stderr, words);
    }
    assert.deepEqual(await contentsOf(root), held);
    return root;
  }

  const run = (): string => join('manifests', 'runs', `${id}.json`);

  for (const [what, change] of [
    ['empty', () => ''],
    ['torn', (text: string) => text.slice(0, 100)],
    ['another thing', () => '{"schema": "cosmos/run/v1"}'],
  ] as const) {
    it(`whose manifest is ${what} keeps every blob and says what to do`, async () => {
      const root = await refuses(run(), change, {
        code: 'document.invalid',
        commands: [
          ['show', id],
          ['gc', '--grace', '0'],
          ['open', id],
          ['delete', id],
        ],
        words: /is not a valid document[^]*Bring the file back from a backup/,
      });
      const verify = await cosmos(['verify'], {cwd: root});
      assert.equal(verify.code, 12);
      assert.match(verify.stdout, /some may belong to the documents that cannot be read/);
      assert.match(verify.stdout, /Bring damaged documents back from a backup/);
      if (what !== 'torn') return;
      await rm(join(root, 'storage', 'catalog'), {recursive: true});
      const list = await cosmos(['list'], {cwd: root});
      assert.match(list.stderr, /left out: .*is not a valid document/);
      assert.match(list.stderr, /1 file in manifests\/runs cannot be listed/);
      assert.equal((await cosmos(['gc', '--grace', '0'], {cwd: root})).code, 12);
      const rebuild = await cosmos(['index', 'rebuild'], {cwd: root});
      assert.equal(rebuild.code, 12);
      assert.match(rebuild.stdout, /Left out: .*is not a valid document/);
      await writeFile(join(root, run()), await readFile(join(whole, run())));
      assert.equal((await cosmos(['index', 'rebuild'], {cwd: root})).code, 0);
      assert.deepEqual(
        await cosmosJson(['show', id], {cwd: root}),
        await cosmosJson(['show', id], {cwd: whole}),
      );
    });
  }

  it('with a document of a newer cosmos asks for an update', async () => {
    const root = await refuses(run(), (text) => text.replace('cosmos/run/v1', 'cosmos/run/v9'), {
      code: 'document.newer',
      commands: [
        ['show', id],
        ['gc', '--grace', '0'],
      ],
      words: /has the format cosmos\/run\/v9; this cosmos knows cosmos\/run\/v1[^]*Update cosmos/,
    });
    assert.equal((await cosmos(['verify'], {cwd: root})).code, 12);
  });

  it('of a newer layout is not touched', async () => {
    await refuses(
      join('storage', 'layout.json'),
      (text) => text.replace(/"layoutVersion": ?1/, '"layoutVersion": 7'),
      {
        code: 'layout.newer',
        commands: [
          ['list'],
          ['run', 'request.json', '--model', 'copy'],
          ['verify'],
          ['gc'],
          ['index', 'rebuild'],
        ],
        words: /layout version 7; this cosmos knows version 1[^]*Update cosmos/,
      },
    );
  });

  it('of two halves that do not belong together names both', async () => {
    const ids = /is the store [0-9a-f-]{36}, but .* belongs to the store 0{8}-/;
    await refuses(
      join('manifests', 'store.json'),
      (text) => text.replace(/"storeId": ?"[0-9a-f]{8}/, '"storeId": "00000000'),
      {
        code: 'store.mismatch',
        commands: [
          ['list'],
          ['run', 'request.json', '--model', 'copy'],
          ['gc', '--grace', '0'],
          ['blob', 'put', 'text.txt'],
        ],
        words: ids,
      },
    );
  });

  for (const file of [join('storage', 'layout.json'), join('manifests', 'store.json')]) {
    it(`without ${file} is not taken for another one`, async () => {
      await refuses(file, () => undefined, {
        code: 'store.mismatch',
        commands: [['list'], ['gc']],
        words: /the store \(none\)/,
      });
      await refuses(file, () => '{"torn', {
        code: 'store.mismatch',
        commands: [['list']],
        words: /Bring the file back/,
      });
    });
  }

  it('whose manifest is gone says so, and gc keeps its blobs', async () => {
    const root = await copyWorkspace(whole);
    await rm(join(root, run()));
    const {code, stdout} = await cosmos(['verify', '--json'], {cwd: root});
    assert.equal(code, 12);
    assert.match((JSON.parse(stdout) as VerifyReport).damage[0]?.message ?? '', /is gone/);
    const show = await cosmos(['show', id], {cwd: root});
    assert.equal(show.code, 12);
    assert.match(show.stderr, /\(document\.missing, exit 12/);
    const before = await cosmosJson<unknown[]>(['blob', 'list'], {cwd: root});
    await cosmos(['gc', '--grace', '0'], {cwd: root});
    assert.deepEqual(await cosmosJson(['blob', 'list'], {cwd: root}), before);
  });
});
