import assert from 'node:assert/strict';
import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {GroundReport} from '../../src/workspace/doctor/doctor.ts';
import type {Machine} from '../../src/workspace/doctor/machine.ts';
import {cosmos, cosmosJson, outcomeOf, startCosmos} from '../support/cli.ts';
import {mountNetwork, type NetworkFolder} from '../support/filesystems.ts';
import {hasStrace} from '../support/strace.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {newWorkspaceFolder} from '../support/workspace.ts';
import {contentsOf} from '../support/workspaces.ts';

type Report = GroundReport & {machine: Machine};

const answerOf = (report: Report, probe: string): string | undefined =>
  report.findings.find((finding) => finding.probe === probe)?.answer;

describe('cosmos doctor', function () {
  this.timeout(60_000);

  it('finds a workspace fit, records it, and leaves nothing else', async () => {
    const root = await newWorkspaceFolder();
    const before = await contentsOf(root);
    const report = await cosmosJson<Report>(['doctor'], {cwd: root});
    assert.equal(report.isFit, true);
    assert.equal(answerOf(report, 'locks'), 'yes');
    assert.equal(report.machine.node, process.versions.node);
    assert.equal(report.recorded, join(root, 'storage', 'ground.json'));
    const record = JSON.parse(await readFile(report.recorded, 'utf8')) as {answers: Record<string, string>};
    for (const [probe, answer] of Object.entries(record.answers))
      assert.equal(answer, answerOf(report, probe));
    assert.equal(Object.keys(record.answers).length, report.findings.length);
    assert.deepEqual(await contentsOf(root), before);
    assert.deepEqual(await readdir(join(root, 'storage', 'ingest')), []);
  });

  it('says each thing in plain words, and a verdict', async () => {
    const {code, stdout} = await cosmos(['doctor'], {cwd: await newWorkspaceFolder()});
    assert.equal(code, 0);
    assert.match(stdout, /^ok +locks +A second process waits/m);
    assert.match(stdout, /^This computer: Node \d/m);
    assert.match(stdout, /^cosmos can keep its promises in .+\.$/m);
  });

  it('tries a folder that is no workspace, and records nothing', async () => {
    const folder = await temporaryFolder();
    const report = await cosmosJson<Report>(['doctor'], {cwd: folder});
    assert.deepEqual([report.isWorkspace, report.recorded, report.folder], [false, null, folder]);
    assert.deepEqual(await readdir(folder), []);
    assert.equal((await cosmosJson<Report>(['doctor', folder])).folder, folder);
  });

  it('refuses a folder that is not there', async () => {
    const folder = await temporaryFolder();
    assert.equal((await cosmos(['doctor', join(folder, 'absent')])).code, 1);
    assert.equal((await cosmos(['doctor', '--workspace', folder])).code, 10);
  });

  it('says of a place where nothing can be made that it cannot be written', async function () {
    if (process.platform !== 'linux') this.skip();
    const {code, stderr} = await cosmos(['doctor', '/proc']);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot write to \/proc[^]*store\.readonly/);
  });

  it('works in a workspace that cannot be opened', async () => {
    const root = await newWorkspaceFolder();
    await rm(join(root, 'manifests'), {recursive: true});
    assert.equal((await cosmosJson<Report>(['doctor'], {cwd: root})).isFit, true);
  });

  it('removes its folder when it is interrupted', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = await temporaryFolder();
    const child = startCosmos(['doctor', folder]);
    const ended = outcomeOf(child);
    while ((await readdir(folder)).length === 0 && child.exitCode === null);
    child.kill('SIGINT');
    const {code, stdout, stderr} = await ended;
    assert.deepEqual([code, stdout, stderr], [130, '', '']);
    assert.deepEqual(await readdir(folder), []);
  });
});

/** A disk that answers a system call as no disk here does. */
async function doctorWith(injection: string, context: Mocha.Context): Promise<Report> {
  if (!hasStrace()) return context.skip();
  const folder = await temporaryFolder();
  const through = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `inject=${injection}`];
  const outcome = await cosmos(['doctor', folder, '--json'], {through});
  const report = JSON.parse(outcome.stdout) as Report;
  assert.equal(outcome.code, report.isFit ? 0 : 1);
  assert.deepEqual(await readdir(folder), []);
  return report;
}

describe('cosmos doctor on odd disks', function () {
  this.timeout(60_000);

  it('that sync no names are unfit', async function () {
    const report = await doctorWith('fsync:error=EINVAL', this);
    assert.deepEqual([report.isFit, answerOf(report, 'folderSync')], [false, 'no']);
  });

  it('that link nothing are fit, and it says so', async function () {
    const report = await doctorWith('link:error=EPERM', this);
    assert.deepEqual([report.isFit, answerOf(report, 'hardLink')], [true, 'no']);
  });

  it('that break down have proven nothing', async function () {
    const report = await doctorWith('rename:error=EIO', this);
    assert.deepEqual([report.isFit, answerOf(report, 'rename')], [false, 'unknown']);
  });
});

describe('a network filesystem', function () {
  this.timeout(60_000);

  let network: NetworkFolder | undefined;
  let root = '';

  beforeEach(async function () {
    network = await mountNetwork();
    if (!network) return this.skip();
    root = join(network.folder, 'films');
  });

  afterEach(() => network?.unmount());

  async function assertRefused(args: readonly string[]): Promise<void> {
    const {code, stderr} = await cosmos(args);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /network filesystem \(fuse\.sshfs\)/);
    assert.match(stderr, /Keep the workspace on a disk of this computer/);
    assert.match(stderr, /catalog\.unsafe, exit 1/);
  }

  it('gets no workspace', async () => {
    await assertRefused(['init', join(root, 'deep', 'down')]);
    assert.deepEqual(await readdir(network?.far ?? ''), []);
  });

  it('opens no workspace, and the doctor says why', async () => {
    const far = join(network?.far ?? '', 'films');
    assert.equal((await cosmos(['init', far])).code, 0);
    await writeFile(join(far, 'file.txt'), 'x');
    await mkdir(join(far, 'outputs'));
    const before = await readdir(far, {recursive: true});
    await assertRefused(['list', '--workspace', root]);
    await assertRefused(['blob', 'put', join(far, 'file.txt'), '--workspace', root]);
    assert.deepEqual(await readdir(far, {recursive: true}), before);
    const report = await cosmosJson<Report>(['doctor', '--workspace', root]);
    assert.deepEqual([report.isFit, answerOf(report, 'localDisk')], [false, 'no']);
    assert.deepEqual(report.filesystem, {type: 'fuse.sshfs', place: 'network'});
  });
});
