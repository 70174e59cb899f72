import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {appendFile, readFile, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {VerifyReport} from '../../src/workspace/verify/report.ts';
import {outcomeOf, waitForPause, type Outcome} from '../support/cli.ts';
import {
  attemptFolder,
  jsonAt,
  makeBox,
  onlyRun,
  runArgs,
  showRun,
  startAt,
  succeed,
  type Box,
  useSshd,
} from '../support/remote.ts';
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

/** Nothing is claimed, nothing came to the store, and what the box has is still there. */
async function assertRefused({box, run, code}: Tampered, exitCode: number): Promise<void> {
  assert.equal(code, exitCode);
  assert.equal(run.status, 'collecting');
  assert.deepEqual(run.outputs, []);
  assert.ok(existsSync(attemptFolder(box, run.id)));
  assert.ok(!existsSync(join(box.workspace, 'outputs', `run_${run.id}`)));
  const {damage} = await jsonAt<VerifyReport>(box, ['verify', '--deep']);
  assert.deepEqual(damage, []);
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
    assert.deepEqual(
      run.outputs.map(({name}) => name),
      ['copy.txt'],
    );
    assert.deepEqual(run.execution.refused, names);
    const stored = Object.entries(await contentsOf(box.workspace));
    assert.ok(stored.every(([path, digest]) => digest !== EVIL && !path.includes('evil')));
    assert.ok(!existsSync(join(dirname(box.workspace), 'evil')) && !existsSync('/tmp/evil'));
    const shown = await succeed(box, ['show', run.id]);
    assert.ok(!shown.includes('\u001b[2J'));
    assert.ok(existsSync(attemptFolder(box, run.id)), 'what was refused is only there');
  });

  it('cannot change the list unseen', async () => {
    const tampered = await tamper(sshd(), 'copy', (attempt) =>
      appendFile(join(attempt, 'SHA256SUMS'), `${EVIL}  more.txt\n`),
    );
    await assertRefused(tampered, 12);
    assert.match(tampered.stderr, /SHA256SUMS is not the list[^]*blob\.mismatch/);
  });

  it('cannot give a torn or doubled list', async () => {
    const torn = await tamper(sshd(), 'copy', (attempt) => forge(attempt, `${COPY}  copy.txt`, {lines: 1}));
    await assertRefused(torn, 12);
    assert.match(torn.stderr, /last line is torn/);
    const doubled = await tamper(sshd(), 'copy', (attempt) =>
      forge(attempt, `${COPY}  copy.txt\n${EVIL}  copy.txt\n`),
    );
    await assertRefused(doubled, 12);
    assert.match(doubled.stderr, /a second time/);
  });

  it('cannot lie about the size of its list', async () => {
    const shorter = await tamper(sshd(), 'copy', (attempt) =>
      forge(attempt, `${COPY}  copy.txt\n`, {size: 70}),
    );
    await assertRefused(shorter, 12);
    assert.match(shorter.stderr, /SHA256SUMS is not the list/);
    const impossible = await tamper(sshd(), 'copy', (attempt) =>
      forge(attempt, `${COPY}  copy.txt\n`, {size: 7}),
    );
    await assertRefused(impossible, 12);
    assert.match(impossible.stderr, /1 lines cannot have 7 bytes/);
  });

  it('cannot fill the memory with its list', async () => {
    const hidden = await tamper(sshd(), 'copy', async (attempt) => {
      await truncate(join(attempt, 'SHA256SUMS'), ENDLESS_BYTES);
    });
    await assertRefused(hidden, 12);
    assert.match(hidden.stderr, /SHA256SUMS is not the list/);
    const announced = await tamper(sshd(), 'copy', async (attempt) => {
      await forge(attempt, `${COPY}  copy.txt\n`, {size: ENDLESS_BYTES, lines: 5_000_000});
      await truncate(join(attempt, 'SHA256SUMS'), ENDLESS_BYTES);
    });
    await assertRefused(announced, 13);
    assert.match(announced.stderr, /more outputs than one run may have: 5000000 names[^]*They lie in/);
  });

  it('cannot give other bytes than it hashed', async () => {
    const tampered = await tamper(sshd(), 'copy', (attempt) => forge(attempt, `${EVIL}  copy.txt\n`));
    await assertRefused(tampered, 12);
    assert.match(tampered.stderr, /blob\.mismatch/);
  });

  it('cannot end a run with a garbled record', async () => {
    for (const text of ['{"schema":"cosmos/exit/v1"}', 'not JSON', '{"schema":"cosmos/exit/v9"}', '']) {
      const tampered = await tamper(sshd(), 'copy', (attempt) =>
        writeFile(join(attempt, 'state', 'exit.json'), text),
      );
      await assertRefused(tampered, 12);
      assert.match(tampered.stderr, /exit\.json/);
    }
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
    await assertRefused(tampered, 13);
    assert.match(tampered.stderr, /copy\.txt[^]*target\.failed/);
    const passwords = sha256(await readFile('/etc/passwd'));
    assert.ok(!Object.values(await contentsOf(tampered.box.workspace)).includes(passwords));
  });

  it('into a pipe is not waited for', async () => {
    const tampered = await tamper(sshd(), 'fresh', async (attempt) => {
      await rm(join(attempt, OUTPUT));
      execFileSync('mkfifo', [join(attempt, OUTPUT)]);
    });
    await assertRefused(tampered, 13);
    assert.match(tampered.stderr, /copy\.txt/);
  });

  it('away is named as missing', async () => {
    const tampered = await tamper(sshd(), 'fresh', (attempt) => rm(join(attempt, OUTPUT)));
    await assertRefused(tampered, 13);
    assert.match(tampered.stderr, /copy\.txt/);
  });

  it('in length never passes for whole', async () => {
    const grown = await tamper(sshd(), 'big', (attempt) => appendFile(join(attempt, BIG), 'more'));
    await assertRefused(grown, 12);
    const shrunk = await tamper(sshd(), 'big', (attempt) => truncate(join(attempt, BIG), 5_000_000));
    await assertRefused(shrunk, 12);
    const small = await tamper(sshd(), 'fresh', (attempt) => appendFile(join(attempt, OUTPUT), 'more'));
    await assertRefused(small, 12);
    for (const {stderr} of [grown, shrunk, small]) assert.match(stderr, /blob\.mismatch/);
  });
});
