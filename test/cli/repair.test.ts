import assert from 'node:assert/strict';
import {cp, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {RepairReport} from '../../src/workspace/repair/repair.ts';
import {cosmos, cosmosJson, makeCliWorkspace} from '../support/cli.ts';
import {cosmosAt, jsonAt, makeBox, runArgs, showRun, succeed, useSshd} from '../support/remote.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {blobFile, flipByte} from '../support/workspaces.ts';

describe('cosmos repair', function () {
  this.timeout(60_000);

  let cwd = '';
  let run: RunDocument;
  let digest = '';

  beforeEach(async () => {
    cwd = await makeCliWorkspace();
    run = await cosmosJson<RunDocument>(['run', 'request.json', '--model', 'copy'], {cwd});
    digest = run.outputs.find(({name}) => name === 'copy.txt')?.digest ?? '';
  });

  it('heals what verify finds, and says from where', async () => {
    await flipByte(blobFile(cwd, digest), 2);
    const {code, stdout} = await cosmos(['verify', '--deep', '--repair'], {cwd});
    assert.equal(code, 0, stdout);
    assert.match(
      stdout,
      new RegExp(`^repaired  ${digest} \\(10 bytes\\) from .*run_${run.id}.copy\\.txt$`, 'm'),
    );
    assert.match(stdout, /Everything that documents name is there\.$/m);
    assert.equal((await cosmos(['verify', '--deep'], {cwd})).code, 0);
  });

  it('says what is lost, who loses it and what to do, and takes it from a copy', async () => {
    const copy = join(await temporaryFolder('copy'), 'films');
    await cp(cwd, copy, {recursive: true});
    await rm(join(cwd, 'outputs'), {recursive: true});
    await rm(blobFile(cwd, digest));
    const {code, stdout} = await cosmos(['repair', digest.slice(7, 15)], {cwd});
    assert.equal(code, 12);
    assert.match(stdout, new RegExp(`^LOST      ${digest} \\(10 bytes\\): no replica has it$`, 'm'));
    assert.match(
      stdout,
      new RegExp(`runs/${run.id} \\(copy\\.txt\\): "cosmos rerun ${run.id} --verify" makes it again`),
    );
    const report = await cosmosJson<RepairReport>(['repair', digest, '--from', copy], {cwd});
    assert.deepEqual(
      report.repaired.map(({from}) => from),
      [blobFile(copy, digest)],
    );
    assert.equal((await cosmos(['verify', '--deep'], {cwd})).code, 0);
  });

  it('wants a digest that documents name', async () => {
    for (const [words, code, message] of [
      [['repair'], 2, /digest/],
      [['repair', 'zz'], 2, /"zz" is not a digest/],
      [['repair', '00000000'], 2, /No document names a blob "00000000"/],
      [['repair', digest, '--from', 'nowhere'], 1, /folder .*nowhere cannot be read[^]*Nothing was repaired/],
      [['verify', '--from', '.'], 2, /--repair/],
    ] as const) {
      const {code: ended, stderr} = await cosmos(['--', ...words].slice(1), {cwd});
      assert.equal(ended, code, stderr);
      assert.match(stderr, message);
    }
  });
});

describe('cosmos repair from a target', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  it('brings an input back from the cache there, and nothing when no target may be asked', async () => {
    const box = await makeBox({sshd: sshd()});
    const {id} = await jsonAt<RunDocument>(box, runArgs('copy'));
    const run = await showRun(box, id);
    const input = run.inputs.find(({name}) => name.startsWith('text'));
    assert.ok(input);
    await rm(blobFile(box.workspace, input.digest));
    // What is made of it has the same bytes here.
    await rm(join(box.workspace, 'outputs'), {recursive: true});
    assert.equal((await cosmosAt(box, ['repair', input.digest, '--offline'])).code, 12);
    const stdout = await succeed(box, ['repair', input.digest]);
    assert.match(stdout, new RegExp(`^repaired  ${input.digest} .* from box:${box.root}/blobs/`, 'm'));
    assert.equal((await cosmosAt(box, ['verify', '--deep'])).code, 0);
  });
});
