import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {makeScene, SMALL} from '../media/clips.ts';
import {renderPlan, renderPlans} from '../../src/views/plan.ts';
import {PLAIN} from '../views/samples.ts';
import {ModelBench, type StartRequest} from '../support/model-bench.ts';
import {startProgram} from '../support/programs.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {CosmosError} = await import('../../src/errors.ts');
const {requestCancel} = await import('../../src/runner/cancel.ts');
const {drive} = await import('../../src/runner/drive.ts');
const {describeNext} = await import('../../src/runner/next.ts');
const {makeNext} = await import('../../src/workspace/chained.ts');
const {carryOut, planDeletion} = await import('../../src/workspace/deletion.ts');
const {startRun} = await import('../../src/workspace/start-run.ts');
const {startRuns} = await import('../../src/workspace/start-runs.ts');

const LINES = {width: 100, paint: PLAIN};

describe('a run whose result is to be upscaled', function () {
  this.timeout(120_000);
  let bench: ModelBench;
  let scene = '';
  /** A run that nothing follows. */
  let result: RunDocument;

  before(async () => {
    scene = await makeScene(['color'], {...SMALL, fps: 30});
    bench = await ModelBench.make('transfer1');
    result = await bench.run({source: scene});
  });
  beforeEach(() => bench.machine.write('STANDIN_FAIL', ''));
  after(() => bench.close());

  /** Made, and driven by nobody. */
  async function start(request: Partial<StartRequest>): Promise<RunDocument> {
    const [prepared] = await bench.prepare({source: scene, upscale: true, ...request});
    assert.ok(prepared);
    const {run, lease} = await startRun(bench.runner(), prepared);
    await lease.release();
    return run;
  }

  const read = (id = ''): Promise<RunDocument> => bench.workspace.documents.read('runs', id);
  const hasNext = ({next}: RunDocument): boolean => bench.workspace.index.has('runs', next?.run ?? '');

  it('is followed by what "cosmos upscale" would make of it', async () => {
    const request = {model: 'transfer1', weights: {edge: 1}, prompt: 'brick', negative: 'fog', retries: 3};
    const [planned] = await bench.prepare({source: scene, upscale: true, ...request});
    const first = await bench.run({source: scene, upscale: true, ...request});
    assert.equal(first.status, 'completed', JSON.stringify(first.failure));
    assert.deepEqual(Object.keys(first.next ?? {}).toSorted(), ['model', 'run']);

    const queued = await read(first.next?.run);
    assert.deepEqual([queued.status, queued.kind, queued.plan?.retries], ['queued', 'upscale', 3]);
    assert.deepEqual(queued.parents, [{run: first.id, relation: 'upscale-of'}]);
    assert.ok(queued.createdAt <= (first.events.at(-1)?.at ?? ''), 'it exists before the first is completed');
    const [byHand] = await bench.prepare({
      ...{source: undefined, from: {run: first.id, as: 'result'}, model: 'upscale', prompt: null},
    });
    assert.ok(planned && byHand);
    assert.deepEqual([queued.parameters, queued.prompt?.text], [byHand.planned.normal.parameters, 'brick']);
    assert.equal(queued.prompt?.negative, 'fog');

    const video = first.outputs.find(({name}) => name === first.primaryOutput);
    const {fps, ...known} = queued.parameters;
    assert.equal(fps, Math.round(video?.media?.fps ?? 0), 'the speed of the result was not known before');
    assert.deepEqual(planned.next?.planned.normal.parameters, known, 'all else was shown before');

    const shown = renderPlan(planned, LINES);
    assert.match(shown, /\n\nOnce that is completed, would run upscale on local\nPrompt: brick\n/);
    assert.match(shown, /\nInputs: output\.mp4 of the run before; its size, frames and fps are seen then\n/);
    assert.match(shown, /control_weight +0\.5\n/);
    assert.match(shown, /\nNothing was started\.$/);

    const second = await drive(bench.runner(), queued.id);
    assert.equal(second.status, 'completed', JSON.stringify(second.failure));
    assert.equal(second.inputs.find(({role}) => role === 'color')?.digest, video?.digest);
    const {inputs} = await bench.received(second);
    assert.ok(JSON.stringify(inputs).includes((video?.digest ?? '').slice('sha256:'.length)));
    assert.equal(describeNext(first), `upscaled by ${second.id.slice(0, 11)}`);

    const again = await bench.prepare({source: undefined, from: {run: first.id, as: 'again'}});
    assert.equal(
      again[0]?.next,
      undefined,
      'a run that is made again is followed by nothing unless it is said',
    );
    const plan = await planDeletion(bench.workspace, [{kind: 'runs', id: first.id}]);
    assert.ok(plan.kept.some(({digest}) => digest === video?.digest));
    await carryOut(bench.workspace, plan);
    assert.deepEqual((await read(second.id)).inputs, second.inputs);
  });

  it('is followed once when its driver is killed in between', async function () {
    if (process.platform === 'win32') this.skip();
    const first = await start({});
    const driver = startProgram('drive', bench.workspace.root, [first.id], 'chained.made');
    await driver.paused();
    assert.equal((await read(first.id)).status, 'collecting');
    assert.ok(hasNext(first), 'the second is there before the first is completed');
    await driver.kill();
    const ended = await drive(bench.runner(), first.id);
    assert.deepEqual([ended.status, ended.next], ['completed', first.next]);
    assert.deepEqual(
      bench.workspace.index.listChildren(first.id).map(({run}) => run),
      [first.next?.run],
    );
    assert.equal((await drive(bench.runner(), first.next?.run ?? '')).status, 'completed');
  });

  it('is completed, and says why, when nothing can follow', async () => {
    const first = await start({prompt: 'marble'});
    const settings = join(bench.workspace.root, 'cosmos.toml');
    const before = await readFile(settings, 'utf8');
    await writeFile(settings, 'this is = not = toml');
    const told = await startProgram('drive', bench.workspace.root, [first.id]).finish();
    await writeFile(settings, before);
    const ended = await read(first.id);
    assert.deepEqual([ended.status, hasNext(ended)], ['completed', false]);
    assert.ok(ended.outputs.some(({name}) => name === ended.primaryOutput));
    assert.match(ended.next?.notMade ?? '', /cosmos\.toml/);
    const short = first.id.slice(0, 11);
    assert.match(
      told,
      new RegExp(`${short} is not upscaled: .*cosmos\\.toml.*"cosmos upscale ${short}" does it`),
    );
    const byHand = await bench.run({
      ...{source: undefined, from: {run: first.id, as: 'result'}, model: 'upscale', prompt: null},
    });
    assert.equal(byHand.status, 'completed', 'what it says to type works');
  });

  it('loses nothing when there is no space for another', async () => {
    const runner = bench.runner();
    const full = (): never => {
      throw new CosmosError('store.full', 'No space is left in the store.');
    };
    const store = Object.create(runner.store, {pushAll: {value: full}}) as typeof runner.store;
    const surroundings = {workspace: bench.workspace, targets: bench.targets(), runner: {...runner, store}};
    const next = {run: `rs_${'0'.repeat(32)}`, model: 'upscale' as const};
    assert.deepEqual(await makeNext(surroundings, {...result, next}), {
      next: {...next, notMade: 'No space is left in the store.'},
    });
    assert.deepEqual(await makeNext({...surroundings, runner}, {...result, next}), {}, 'later there is');
    assert.deepEqual(await makeNext(surroundings, {...result, next}), {}, 'and it is not made again');
    assert.equal((await read(next.run)).parents[0]?.run, result.id);
  });

  it('needs no target that answers once the result is at home', async () => {
    const targets = bench.targets();
    const target = await targets.get('local');
    const silent = {...target, contact: () => Promise.reject(new Error('it is gone'))};
    targets.get = () => Promise.resolve(silent);
    const next = {run: `rs_${'1'.repeat(32)}`, model: 'upscale' as const};
    const execution = {...result.execution, root: '/data', box: 'b0c5'};
    const surroundings = {workspace: bench.workspace, targets, runner: bench.runner()};
    assert.deepEqual(await makeNext(surroundings, {...result, execution, next}), {});
    const {root, box} = (await read(next.run)).execution;
    assert.deepEqual([root, box], ['/data', 'b0c5'], 'where the first one was');
  });

  it('is followed by nothing when it fails', async () => {
    const first = await bench.run(
      {source: scene, upscale: true, model: 'transfer1', weights: {edge: 1}},
      'oom',
    );
    assert.deepEqual([first.status, hasNext(first)], ['failed', false]);
    assert.equal(describeNext(first), 'not upscaled, as the run failed');
  });

  it('is followed by nothing when it is cancelled', async () => {
    const runner = bench.runner();
    const surroundings = {workspace: bench.workspace, targets: bench.targets(), runner};
    const first = await start({prompt: 'slate'});
    await requestCancel(runner, first.id, 'enough');
    const done = {...result, id: first.id, ...(first.next && {next: first.next})};
    const late = await makeNext(surroundings, done);
    assert.equal(late.next?.notMade, 'the run was to be cancelled', 'although its job had done its work');
    const ended = await drive(runner, first.id);
    assert.deepEqual([ended.status, hasNext(ended)], ['cancelled', false]);
    assert.equal(describeNext(ended), 'not upscaled, as the run was cancelled');
  });

  it('takes what follows along when it is cancelled in that moment', async () => {
    const runner = bench.runner();
    const surroundings = {workspace: bench.workspace, targets: bench.targets(), runner};
    const make = async (prompt: string): Promise<RunDocument> => {
      const first = await start({prompt});
      const made = await makeNext(surroundings, {
        ...result,
        id: first.id,
        ...(first.next && {next: first.next}),
      });
      assert.deepEqual(made, {});
      return first;
    };
    const early = await make('oak');
    await requestCancel(runner, early.id, 'enough');
    assert.equal((await read(early.next?.run)).cancelRequested?.reason, 'enough');
    await drive(runner, early.id);
    assert.equal((await drive(runner, early.next?.run ?? '')).status, 'cancelled');

    const between = await make('ash');
    // The wish of a process that had looked for the second before it was made.
    await bench.workspace.documents.replace('runs', between.id, (run) => ({
      ...run,
      cancelRequested: {at: run.createdAt, by: 'test'},
    }));
    await makeNext(surroundings, {...result, id: between.id, ...(between.next && {next: between.next})});
    assert.notEqual((await read(between.next?.run)).cancelRequested, null);
    await drive(runner, between.id);
  });

  it('has what it asks for in batches and repetitions', async () => {
    const items = [{upscale: true}, {upscale: false}, {}];
    const prepared = await bench.prepareBatch({source: scene, repeat: 2}, items);
    const runner = bench.runner();
    const {runs} = await startRuns(runner, prepared);
    assert.deepEqual(
      runs.map(({next}) => next?.model),
      ['upscale', 'upscale', undefined, undefined, undefined, undefined],
    );
    assert.equal(new Set(runs.flatMap(({next}) => next?.run ?? [])).size, 2);
    for (const {id} of runs) await requestCancel(runner, id);
    for (const {id} of runs) await drive(runner, id);
    assert.match(
      renderPlans(prepared, LINES),
      /^Would start 6 runs, and 2 upscales of their results: preview on local, upscale on local\n/,
    );
    await assert.rejects(bench.runBatch({source: scene}, [{upscale: 'maybe'}]), {
      message: /line 1: "upscale" must be true or false/,
    });
  });

  it('is not started when it could never be upscaled', async () => {
    const count = bench.workspace.index.countRuns();
    const settings = join(bench.workspace.root, 'cosmos.toml');
    const before = await readFile(settings, 'utf8');
    const custom = (name: string, file: string, mediaType: string): string =>
      `[models.${name}]\nargv = ["true"]\ninputs = []\noutputs = [{name = "${file}", role = "output", mediaType = "${mediaType}", primary = true}]\n`;
    const text = custom('words', 'a.txt', 'text/plain') + custom('clips', 'a.mp4', 'video/mp4');
    await writeFile(settings, text);
    await bench.workspace.settings({isFresh: true});
    const request = join(scene, 'words.json');
    await writeFile(request, JSON.stringify({inputs: {}, parameters: {}}));
    await assert.rejects(bench.prepare({source: request, upscale: true, model: 'clips', prompt: ''}), {
      message: /^No upscale could follow: .*the prompt is empty, which the guardrail refuses/,
    });
    await assert.rejects(bench.prepare({source: request, upscale: true, model: 'words', prompt: null}), {
      message: '--upscale: there is nothing to upscale, as words makes a.txt, which is no video.',
    });
    await assert.rejects(bench.prepare({source: scene, upscale: true}), {
      message: /^No upscale could follow: The target local is not ready:.*"checkout" is not set/s,
      hint: /Without --upscale the run can be started\.$/,
    });
    await bench.prepare({source: scene});
    await writeFile(settings, before);
    await bench.workspace.settings({isFresh: true});
    assert.equal(bench.workspace.index.countRuns(), count);
  });
});
