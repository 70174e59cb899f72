import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {appendFile, readFile, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {outcomeOf, waitForPause, type Outcome} from '../support/cli.ts';
import {
  attemptFolder,
  cosmosAt,
  letGo,
  makeBox,
  onlyRun,
  runArgs,
  settle,
  showRun,
  startAt,
  startWaiting,
  succeed,
  type Box,
  until,
  useSshd,
} from '../support/remote.ts';
import {assertSound} from '../support/sound.ts';
import {type Sshd} from '../support/sshd.ts';
import {contentsOf, sha256} from '../support/workspaces.ts';

interface Tampered extends Outcome {
  box: Box;
  run: RunDocument;
}

/** Changes files of the box when the job has ended, just before its outputs are brought home. */
async function tamper(
  sshd: Sshd,
  kind: string,
  change: (attempt: string) => Promise<void>,
): Promise<Tampered> {
  const box = await makeBox({sshd});
  const child = startAt(box, runArgs(kind), 'run.collecting');
  const ended = outcomeOf(child);
  await waitForPause(child, 'run.collecting');
  const id = await onlyRun(box);
  await change(attemptFolder(box, id));
  child.kill('SIGCONT');
  const outcome = await ended;
  return {...outcome, box, run: await showRun(box, id)};
}

/**
 * The run says which file is not what it was, nothing of it came to the store, and what the box has is still there.
 * @returns what was found there
 */
async function assertAltered({box, run, code, stdout}: Tampered, path: string): Promise<string | null> {
  assert.equal(code, 14);
  assert.equal(run.status, 'failed');
  assert.equal(run.failure?.class, 'outputs.changed');
  assert.equal(run.failure.isRetryable, true);
  assert.match(run.failure.evidence.join('\n'), new RegExp(`^${path}: (expected|found) `));
  assert.match(stdout, new RegExp(`outputs\\.changed[^]*${path}: `));
  const log = await readFile(join(attemptFolder(box, run.id), 'log'));
  assert.equal(run.log?.digest, `sha256:${sha256(log)}`);
  const [altered, ...others] = run.execution.altered ?? [];
  assert.deepEqual(others, []);
  assert.equal(altered?.path, path);
  assert.notEqual(altered.found, run.outputs.find(({name}) => path === `outputs/${name}`)?.digest);
  return altered.found;
}

function namesOf({outputs}: RunDocument): string[] {
  return outputs.map(({name}) => name);
}

interface ExitFile {
  sums: {digest: string; size: number; lines: number};
}

/** Replaces the list of outputs and makes the record of the end agree with it. */
async function forge(attempt: string, text: string, changes: Partial<ExitFile['sums']> = {}): Promise<void> {
  const path = join(attempt, 'state', 'exit.json');
  const exit = JSON.parse(await readFile(path, 'utf8')) as ExitFile;
  const bytes = Buffer.from(text);
  const sums = {digest: `sha256:${sha256(bytes)}`, size: bytes.length, lines: text.split('\n').length - 1};
  await writeFile(join(attempt, 'SHA256SUMS'), bytes);
  await writeFile(path, `${JSON.stringify({...exit, sums: {...sums, ...changes}})}\n`);
}

/** Sparse: it takes no room, and would take longer to read than any test may. */
const ENDLESS_BYTES = 2 ** 38;
const COPY = sha256(Buffer.from('the input\n'));
const EVIL = sha256(Buffer.from('evil'));

describe('a box that lies about outputs', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  it('gets no name accepted that leads elsewhere', async () => {
    const names = ['../../../../evil', '/tmp/evil', 'a\tb', 'c\u001b[2Jd', 'e\\f', 'g/../../h', 'con'];
    const {box, code, run, stderr} = await tamper(sshd(), 'copy', async (attempt) => {
      await writeFile(join(attempt, '..', '..', 'evil'), 'evil');
      const lines = [`${COPY}  copy.txt`, ...names.map((name) => `${EVIL}  ${name}`)];
      await forge(attempt, lines.map((line) => `${line}\n`).join(''));
    });
    assert.equal(code, 0, stderr);
    assert.deepEqual(namesOf(run), ['copy.txt']);
    assert.deepEqual(run.execution.refused, names);
    const stored = Object.entries(await contentsOf(box.workspace));
    assert.ok(stored.every(([path, digest]) => digest !== EVIL && !path.includes('evil')));
    assert.ok(!existsSync(join(dirname(box.workspace), 'evil')) && !existsSync('/tmp/evil'));
    const shown = await succeed(box, ['show', run.id]);
    assert.ok(!shown.includes('\u001b[2J'));
    assert.ok(existsSync(attemptFolder(box, run.id)), 'what was refused is only there');
  });

  it('cannot change the list unseen', async () => {
    const changed = await tamper(sshd(), 'copy', (attempt) =>
      appendFile(join(attempt, 'SHA256SUMS'), `${EVIL}  more.txt\n`),
    );
    assert.notEqual(await assertAltered(changed, 'SHA256SUMS'), null);
    assert.deepEqual(changed.run.outputs, []);
    const removed = await tamper(sshd(), 'copy', (attempt) => rm(join(attempt, 'SHA256SUMS')));
    assert.equal(await assertAltered(removed, 'SHA256SUMS'), null);
  });

  it('cannot give a torn or doubled list', async () => {
    const torn = await tamper(sshd(), 'copy', (attempt) => forge(attempt, `${COPY}  copy.txt`));
    assert.equal(await assertAltered(torn, 'SHA256SUMS'), torn.run.execution.altered?.[0]?.expected);
    const doubled = await tamper(sshd(), 'copy', (attempt) =>
      forge(attempt, `${COPY}  copy.txt\n${EVIL}  copy.txt\n`),
    );
    await assertAltered(doubled, 'SHA256SUMS');
  });

  it('cannot lie about the size of its list', async () => {
    const shorter = await tamper(sshd(), 'copy', (attempt) =>
      forge(attempt, `${COPY}  copy.txt\n`, {size: 70}),
    );
    await assertAltered(shorter, 'SHA256SUMS');
    const impossible = await tamper(sshd(), 'copy', (attempt) =>
      forge(attempt, `${COPY}  copy.txt\n`, {size: 7}),
    );
    await assertAltered(impossible, 'SHA256SUMS');
  });

  it('cannot fill the memory with its list', async () => {
    const hidden = await tamper(sshd(), 'copy', async (attempt) => {
      await truncate(join(attempt, 'SHA256SUMS'), ENDLESS_BYTES);
    });
    assert.equal(await assertAltered(hidden, 'SHA256SUMS'), null);
    const announced = await tamper(sshd(), 'copy', async (attempt) => {
      await forge(attempt, `${COPY}  copy.txt\n`, {size: ENDLESS_BYTES, lines: 5_000_000});
      await truncate(join(attempt, 'SHA256SUMS'), ENDLESS_BYTES);
    });
    assert.equal(announced.code, 13);
    assert.equal(announced.run.status, 'collecting');
    assert.match(announced.stderr, /more outputs than one run may have: 5000000 names[^]*They lie in/);
  });

  it('cannot give other bytes than it hashed', async () => {
    const tampered = await tamper(sshd(), 'copy', (attempt) => forge(attempt, `${EVIL}  copy.txt\n`));
    assert.equal(await assertAltered(tampered, 'outputs/copy.txt'), `sha256:${COPY}`);
  });

  it('cannot end a run with a garbled record', async () => {
    for (const text of ['{"schema":"cosmos/exit/v1"}', 'not JSON', '']) {
      const tampered = await tamper(sshd(), 'copy', (attempt) =>
        writeFile(join(attempt, 'state', 'exit.json'), text),
      );
      assert.equal(await assertAltered(tampered, 'state/exit.json'), `sha256:${sha256(Buffer.from(text))}`);
      assert.deepEqual(tampered.run.outputs, []);
    }
  });

  it('garbles its record before anybody looked, in vain', async () => {
    const box = await makeBox({sshd: sshd()});
    const id = await startWaiting(box);
    const exit = join(attemptFolder(box, id), 'state', 'exit.json');
    await letGo(box);
    await until(() => existsSync(exit), 'the end');
    await writeFile(exit, 'not JSON');
    const run = await settle(box, id);
    assert.equal(run.failure?.class, 'outputs.changed');
    assert.match(await succeed(box, ['logs', id]), /job: done/);
  });

  it('is left alone with a record of a later version', async () => {
    const {box, run, code, stderr} = await tamper(sshd(), 'copy', (attempt) =>
      writeFile(join(attempt, 'state', 'exit.json'), '{"schema":"cosmos/exit/v9"}'),
    );
    assert.equal(code, 12);
    assert.match(stderr, /exit\.json[^]*document\.newer/);
    assert.equal(run.status, 'collecting');
    assert.ok(existsSync(attemptFolder(box, run.id)));
  });
});

describe('a box whose outputs change', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  const OUTPUT = join('outputs', 'copy.txt');
  const BIG = join('outputs', 'big.bin');

  it('into a link leads nowhere', async () => {
    const tampered = await tamper(sshd(), 'fresh', async (attempt) => {
      await rm(join(attempt, OUTPUT));
      await symlink('/etc/passwd', join(attempt, OUTPUT));
    });
    assert.equal(await assertAltered(tampered, 'outputs/copy.txt'), null);
    const passwords = sha256(await readFile('/etc/passwd'));
    assert.ok(!Object.values(await contentsOf(tampered.box.workspace)).includes(passwords));
  });

  it('into a pipe is not waited for', async () => {
    const tampered = await tamper(sshd(), 'fresh', async (attempt) => {
      await rm(join(attempt, OUTPUT));
      execFileSync('mkfifo', [join(attempt, OUTPUT)]);
    });
    assert.equal(await assertAltered(tampered, 'outputs/copy.txt'), null);
  });

  it('away is named, and drain says so', async () => {
    const tampered = await tamper(sshd(), 'fresh', (attempt) => rm(join(attempt, OUTPUT)));
    assert.equal(await assertAltered(tampered, 'outputs/copy.txt'), null);
    const {code, stdout} = await cosmosAt(tampered.box, ['target', 'drain', 'box']);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /not safe to terminate[^]*rs_\w+ has files there that did not come home \(1\): cosmos show/,
    );
    await succeed(tampered.box, ['gc']);
    assert.ok(existsSync(attemptFolder(tampered.box, tampered.run.id)));
  });

  it('in length never passes for whole', async () => {
    const [grown, shrunk] = await Promise.all([
      tamper(sshd(), 'big', (attempt) => appendFile(join(attempt, BIG), 'more')),
      tamper(sshd(), 'big', (attempt) => truncate(join(attempt, BIG), 5_000_000)),
    ]);
    for (const tampered of [grown, shrunk]) {
      await assertAltered(tampered, 'outputs/big.bin');
      assert.deepEqual(namesOf(tampered.run), ['copy.txt']);
      assert.ok(tampered.run.outputs.every(({isPartial}) => isPartial === true));
    }
    const small = await tamper(sshd(), 'fresh', (attempt) => appendFile(join(attempt, OUTPUT), 'more'));
    await assertAltered(small, 'outputs/copy.txt');
  });

  it('among many loses only those that changed', async () => {
    const {box, run} = await tamper(sshd(), 'copy', async (attempt) => {
      const names = Array.from({length: 300}, (_, index) => `frame-${String(index).padStart(3, '0')}`);
      const lines = names.map((name) => `${sha256(Buffer.from(name))}  ${name}\n`);
      for (const name of names) await writeFile(join(attempt, 'outputs', name), name);
      for (const name of ['frame-007', 'frame-260']) await rm(join(attempt, 'outputs', name));
      await forge(attempt, [`${COPY}  copy.txt\n`, ...lines].join(''));
    });
    const lost = run.execution.altered?.map(({path, found}) => [path, found]);
    assert.deepEqual(lost, [
      ['outputs/frame-007', null],
      ['outputs/frame-260', null],
    ]);
    assert.equal(run.outputs.length, 301 - 2);
    await assertSound(box.workspace);
  });

  it('with its log gone never passes for completed', async () => {
    const {run} = await tamper(sshd(), 'copy', (attempt) => rm(join(attempt, 'log')));
    assert.equal(run.failure?.class, 'outputs.changed');
    assert.deepEqual(run.execution.altered, [{path: 'log', expected: null, found: null}]);
    assert.deepEqual(namesOf(run), ['copy.txt']);
  });

  it('after the job had failed keeps its own reason', async () => {
    const {box, run} = await tamper(sshd(), 'fail', (attempt) => rm(join(attempt, 'outputs', 'partial.txt')));
    assert.equal(run.failure?.class, 'job.exit');
    assert.match(
      await succeed(box, ['show', run.id]),
      /changed or removed[^]*outputs\/partial\.txt: expected sha256/,
    );
  });
});
