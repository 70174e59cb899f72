/** What people see of a run that is upscaled, and that nobody has to type anything for the second. */
import assert from 'node:assert/strict';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {makeScene} from '../media/clips.ts';
import {cosmos, cosmosJson} from '../support/cli.ts';
import {ModelBench} from '../support/model-bench.ts';

const {followAll} = await import('../../src/cli/follow-all.ts');
const {LiveRuns} = await import('../../src/cli/live-runs.ts');
const {requestCancel} = await import('../../src/runner/cancel.ts');
const {drive} = await import('../../src/runner/drive.ts');
const {startRuns} = await import('../../src/workspace/start-runs.ts');

describe('cosmos run --upscale', function () {
  this.timeout(120_000);
  let bench: ModelBench;
  let scene = '';

  before(async () => {
    scene = await makeScene();
    bench = await ModelBench.make('transfer1');
  });
  beforeEach(() => bench.machine.write('STANDIN_FAIL', ''));
  after(() => bench.close());

  /** Driven by nobody. */
  async function start(...prompts: string[]): ReturnType<typeof startRuns> {
    const request = {source: scene, upscale: true, model: 'transfer1', weights: {depth: 1}};
    const items = prompts.map((prompt) => ({prompt}));
    return startRuns(bench.runner(), await bench.prepareBatch(request, items));
  }

  const statuses = (runs: readonly RunDocument[]): string[] =>
    runs.map(({kind, status}) => `${kind} ${status}`);

  it('reports both ends, and ends with the worse', async () => {
    await bench.machine.write('STANDIN_FAIL', 'oom');
    const ended = await cosmos(['run', scene, '--prompt', 'rain', '--upscale'], {cwd: bench.workspace.root});
    assert.equal(ended.code, 14, ended.stderr);
    const id = /^(rs_\w{32}) {2}preview on local.*, then upscaled by (rs_\w{32})\n/.exec(ended.stdout);
    assert.ok(id, ended.stdout);
    const [first = '', second = ''] = id.slice(1).map((each) => each.slice(0, 11));
    assert.match(
      ended.stdout,
      new RegExp(`completed {2}${first} [^]*The result is upscaled by ${second}\\.`),
    );
    assert.match(ended.stdout, new RegExp(`\\n\\n. failed {2}${second} {2}upscale of `));
  });

  it('is followed to the end of the second by attach', async () => {
    const [first] = (await start('rain')).runs;
    const {code, stdout, stderr} = await cosmos(['attach', first?.id ?? ''], {cwd: bench.workspace.root});
    assert.equal(code, 0, stderr);
    assert.match(stdout, /completed {2}rs_\w{8} {2}transfer[^]*completed {2}rs_\w{8} {2}upscale/);
    const shown = await cosmosJson<RunDocument>(['show', first?.next?.run ?? ''], {
      cwd: bench.workspace.root,
    });
    assert.equal(shown.status, 'completed');
  });

  it('is no success when nothing could follow', async () => {
    const {documents, root} = bench.workspace;
    const [first] = (await start('sleet')).runs;
    await requestCancel(bench.runner(), first?.id ?? '');
    await drive(bench.runner(), first?.id ?? '');
    await documents.replace('runs', first?.id ?? '', (run) => ({
      ...run,
      status: 'completed',
      ...(run.next && {next: {...run.next, notMade: 'the disk is full'}}),
    }));
    const {code, stdout} = await cosmos(['attach', first?.id ?? ''], {cwd: root});
    assert.equal(code, 1);
    assert.match(
      stdout,
      /not upscaled: the disk is full \("cosmos upscale rs_\w{8}" does it all the same\)\./,
    );
  });

  it('follows several, each to the end of its second', async () => {
    const {runs: started, shared} = await start('snow', 'hail');
    assert.equal(shared.length, 1, 'they load the model once together');
    const ids = [...shared, ...started].map(({id}) => id);
    const [, ...runs] = await followAll(bench.runner(), ids, {isDetached: false, onEvent: () => undefined});
    assert.deepEqual(
      statuses(runs),
      started.flatMap(() => ['transfer completed', 'upscale completed']),
    );
    assert.deepEqual(
      runs.map(({id}) => id),
      started.flatMap(({id, next}) => [id, next?.run]),
    );
  });

  it('is carried on by one look of a status that has brought the first home', async () => {
    const [first] = (await start('rain')).runs;
    const read = (id = ''): Promise<RunDocument> => bench.workspace.documents.read('runs', id);
    for (let looks = 0; (await read(first?.id)).status !== 'completed' && looks < 1000; looks += 1)
      await new LiveRuns(bench.runner()).settle(new AbortController().signal, {isPatient: false});
    assert.notEqual(
      (await read(first?.next?.run)).status,
      'queued',
      'the look that ended the first started it',
    );
    await new LiveRuns(bench.runner()).settle(new AbortController().signal, {isPatient: true});
    assert.equal((await read(first?.next?.run)).status, 'completed');
  });
});
