import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, statSync} from 'node:fs';
import {open, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {VerifyReport} from '../../src/workspace/verify/report.ts';
import {startFaultProxy, type FaultProxy} from '../support/fault-proxy.ts';
import {
  assertHome,
  attemptFolder,
  cosmosAt,
  jsonAt,
  makeBox,
  onlyRun,
  runArgs,
  settle,
  showRun,
  startAt,
  succeed,
  until,
  useSshd,
  type Box,
} from '../support/remote.ts';

/** What a job of the kind `big` makes. */
const BIG_BYTES = 24_000_000;
const ENOUGH_BYTES = 9_000_000;

interface Beginning {
  path: string;
  size: number;
}

function findBeginning({workspace}: Box): Beginning | undefined {
  const ingest = join(workspace, 'storage', 'ingest');
  const name = readdirSync(ingest).find((entry) => entry.endsWith('.partial'));
  if (name === undefined) return undefined;
  const path = join(ingest, name);
  return {path, size: statSync(path).size};
}

describe('a download whose client is killed', function () {
  this.timeout(60_000);

  const sshd = useSshd();
  let proxy: FaultProxy;
  beforeEach(async () => void (proxy = await startFaultProxy({port: sshd().port})));
  afterEach(() => proxy.close());

  /** Ends as a box with a run in `collecting`, a good part of the large file at home, and a line that is fast again. */
  async function killMidway(): Promise<{box: Box; id: string; beginning: Beginning}> {
    const box = await makeBox({sshd: sshd(), port: proxy.port});
    proxy.bytesPerSecond = 6e6;
    const client: ChildProcess = startAt(box, runArgs('big'));
    await until(() => (findBeginning(box)?.size ?? 0) > ENOUGH_BYTES, 'the beginning');
    client.kill('SIGKILL');
    await once(client, 'exit');
    proxy.cut();
    proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
    const beginning = findBeginning(box);
    assert.ok(beginning);
    return {box, id: await onlyRun(box), beginning};
  }

  /** Bytes that came down until the run was at home. */
  async function bytesDownFor(box: Box, id: string): Promise<{run: RunDocument; bytes: number}> {
    const before = proxy.counters.bytesDown;
    const run = await settle(box, id);
    return {run, bytes: proxy.counters.bytesDown - before};
  }

  it('goes on in the next process', async () => {
    const {box, id, beginning} = await killMidway();
    const {notices} = await jsonAt<VerifyReport>(box, ['verify']);
    assert.ok(notices.some(({code}) => code === 'ingest.partial'));
    await succeed(box, ['gc', '--grace', '0s']);
    const {run, bytes} = await bytesDownFor(box, id);
    await assertHome(box, run);
    const rest = BIG_BYTES - beginning.size;
    assert.ok(bytes > rest && bytes < rest + 1_000_000, `${bytes} for ${rest}`);
    assert.equal(findBeginning(box), undefined);
  });

  it('reads all again after a tampered beginning', async () => {
    const {box, id, beginning} = await killMidway();
    const file = await open(beginning.path, 'r+');
    await file.write('not what came', 1_000_000);
    await file.close();
    const {run, bytes} = await bytesDownFor(box, id);
    await assertHome(box, run);
    assert.ok(bytes > BIG_BYTES, `${bytes}`);
  });

  it('says that the file was changed meanwhile', async () => {
    const {box, id} = await killMidway();
    const path = join(attemptFolder(box, id), 'outputs', 'big.bin');
    await writeFile(path, (await readFile(path)).reverse());
    const {code, stdout} = await cosmosAt(box, ['attach', id]);
    assert.equal(code, 14, stdout);
    const {failure} = await showRun(box, id);
    assert.equal(failure?.class, 'outputs.changed');
    assert.match(failure.evidence.join('\n'), /^outputs\/big\.bin: expected /);
    assert.equal(findBeginning(box), undefined);
  });
});
