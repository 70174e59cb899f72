import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {appendFile, open, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {inheritedOptions} from '../../../src/platform/node-program.ts';
import {readHeartbeat} from '../../../src/runner/launchers/process/launcher.ts';
import {formatToFit} from '../../../src/runner/launchers/process/finish.ts';
import {createExclusive} from '../../../src/runner/launchers/process/files.ts';
import {hashOutputs} from '../../../src/runner/launchers/process/outputs.ts';
import type {ExitRecord} from '../../../src/runner/job.ts';
import {parseSums} from '../../../src/runner/sums.ts';
import {temporaryFolder} from '../../support/temporary.ts';
import {digestOf, endAll, makeJob, readText, runToEnd, supervise, until, untilLogged} from './job-bench.ts';

const isPosix = process.platform !== 'win32';

describe('process supervisor: inputs', function () {
  afterEach(endAll);
  const inputs = {'color.mp4': 'the picture', 'passes/depth.mp4': 'the depth'};

  it('starts with inputs as announced', async () => {
    const exit = await runToEnd(await makeJob('silent', {inputs}));
    assert.deepEqual([exit.reason, exit.rc], ['exit', 0]);
  });

  it('does not start with an altered input', async () => {
    const paths = await makeJob('writer', {inputs});
    await writeFile(join(paths.inputs, 'passes', 'depth.mp4'), 'the depxh');
    const exit = await runToEnd(paths);
    assert.deepEqual([exit.reason, exit.isStarted, exit.rc, exit.sums], ['inputs', false, null, null]);
    assert.match(
      (await readText(paths.log)) ?? '',
      /cosmos: input "passes\/depth.mp4" is sha256:.* expected sha256:/,
    );
    assert.equal(await readText(join(paths.folder, 'starts')), undefined);
  });

  it('does not start with a missing input', async () => {
    const paths = await makeJob('writer', {inputs});
    await rm(join(paths.inputs, 'color.mp4'));
    const exit = await runToEnd(paths);
    assert.deepEqual([exit.reason, exit.isStarted], ['inputs', false]);
  });

  it('does not start with a name that leads elsewhere', async () => {
    const input = {name: '../job.json', digest: digestOf(''), size: 0};
    const paths = await makeJob('writer', {job: {inputs: [input]}});
    assert.equal((await runToEnd(paths)).reason, 'inputs');
    assert.match((await readText(paths.log)) ?? '', /leads out of inputs/);
  });

  it('does not start from a damaged job file', async () => {
    const paths = await makeJob('writer');
    await writeFile(paths.job, '{"schema": "cosmos/job/v9"}');
    const exit = await runToEnd(paths);
    assert.deepEqual([exit.reason, exit.isStarted], ['inputs', false]);
    assert.match((await readText(paths.log)) ?? '', /"cosmos\/job\/v9", this version reads cosmos\/job\/v1/);
  });
});

describe('process supervisor: outputs', function () {
  afterEach(endAll);

  it('refuses hostile names and kinds', async function () {
    if (process.platform !== 'linux') this.skip();
    const paths = await makeJob('hostile-names');
    const exit = await runToEnd(paths);
    const sums = parseSums(await readFile(paths.sums));
    assert.deepEqual([sums.entries.map((entry) => entry.name), sums.refused], [['good.txt'], []]);
    const refused = [
      'back\\\\slash',
      'fold\\ter',
      'folder-link',
      'latin-é',
      'link',
      'new\\nline',
      'pipe',
      'sub/ÿ',
      '\\u0085next',
    ];
    assert.deepEqual(exit.refused, refused);
  });

  it('does not follow a replaced outputs folder', async function () {
    if (!isPosix) this.skip();
    const exit = await runToEnd(await makeJob('removes-outputs'));
    assert.deepEqual([exit.rc, exit.refused, exit.sums?.lines], [0, ['.'], 0]);
  });

  it('flags a file that changes while being hashed', async () => {
    const folder = await temporaryFolder('outputs');
    const file = await open(join(folder, 'big'), 'w');
    await file.truncate(256 << 20);
    await file.close();
    await writeFile(join(folder, 'small'), 'small');
    const hashing = hashOutputs(folder);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await appendFile(join(folder, 'big'), 'late');
    const hashed = await hashing;
    assert.deepEqual(hashed.changed, ['big']);
    assert.equal(hashed.entries[1]?.digest, digestOf('small'));
    assert.deepEqual(parseSums(execFileSync('sha256sum', ['big'], {cwd: folder})).entries, [
      hashed.entries[0],
    ]);
  });

  it('has none when the folder is gone', async () => {
    assert.deepEqual(await hashOutputs('/no/such/folder'), {entries: [], refused: [], changed: []});
  });

  it('cuts long lists to the reserved space', () => {
    const names = Array.from({length: 5000}, (_, index) => `name ${index}`);
    const record = {refused: names, changed: names, omitted: 0} as Partial<ExitRecord> as ExitRecord;
    const text = formatToFit(record, 20_000);
    const read = JSON.parse(text) as ExitRecord;
    assert.ok(Buffer.byteLength(text) <= 20_000 && read.refused.length > 100 && read.changed.length > 100);
    assert.equal(read.refused.length + read.changed.length + read.omitted, 10_000);
  });
});

describe('process supervisor: full disk', function () {
  let mount = '';
  before(async function () {
    mount = await temporaryFolder('full');
    const done = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mount]);
    if (done.status === 0) return;
    mount = '';
    // Only root may mount, and a full disk cannot be had otherwise.
    this.skip();
  });
  afterEach(endAll);
  after(() => {
    if (mount !== '') execFileSync('umount', ['-l', mount]);
  });

  it('is still reported, with the exit code', async () => {
    const paths = await makeJob('fills-disk', {root: mount});
    const exit = await runToEnd(paths);
    assert.deepEqual([exit.reason, exit.rc, exit.sums, exit.isStarted], ['no-space', 1, null, true]);
    assert.equal((await stat(paths.exit)).size, 64 << 10);
    assert.equal(await readText(paths.sums), undefined);
    await rm(paths.folder, {recursive: true});
  });

  it('keeps a job from starting', async () => {
    const paths = await makeJob('writer', {root: mount});
    const {available} = spaceOf(mount);
    await writeFile(join(mount, 'ballast'), Buffer.alloc(available - (40 << 10), 1));
    const exit = await runToEnd(paths);
    assert.deepEqual([exit.reason, exit.isStarted, exit.rc], ['no-space', false, null]);
    assert.equal(await readText(join(paths.folder, 'starts')), undefined);
  });
});

function spaceOf(folder: string): {available: number} {
  const text = execFileSync('df', ['-B1', '--output=avail', folder], {encoding: 'utf8'});
  return {available: Number(text.split('\n')[1])};
}

describe('process supervisor: heartbeat', function () {
  afterEach(endAll);

  it('changes while the job runs', async () => {
    const paths = await makeJob('forever');
    await supervise(paths);
    await untilLogged(paths, 'running');
    const first = await readHeartbeat(paths);
    const later = await until('a beat', async () => {
      const count = await readHeartbeat(paths);
      return count === first ? undefined : count;
    });
    assert.ok(first !== undefined && later > first);
    assert.equal((await stat(paths.heartbeat)).size, 13);
  });
});

describe('createExclusive', () => {
  it('lets exactly one of many have the file', async () => {
    const path = join(await temporaryFolder('exclusive'), 'claim.json');
    const won = await Promise.all(Array.from({length: 20}, (_, by) => createExclusive(path, {by})));
    assert.equal(won.filter(Boolean).length, 1);
    assert.equal(await readFile(path, 'utf8'), `{"by":${won.indexOf(true)}}\n`);
  });
});

describe('inheritedOptions', () => {
  it('resolves loaders and drops the debugger', () => {
    const [pair, loader, one, kept, ...rest] = inheritedOptions([
      '--import',
      'tsx',
      '--import=tsx',
      '--import=/a.mjs',
      '--inspect=9229',
      '--inspect-brk',
    ]);
    assert.deepEqual([pair, kept, rest], ['--import', '--import=/a.mjs', []]);
    assert.match(loader ?? '', /^file:\/\/\/.*tsx/);
    assert.equal(one, `--import=${loader ?? ''}`);
  });
});
