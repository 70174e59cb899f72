import assert from 'node:assert/strict';
import type {RunDocument} from '../../../src/manifest/types.gen.ts';
import {makeScene} from '../../media/clips.ts';
import {ModelBench, type StartRequest} from '../../support/model-bench.ts';
import {putText} from '../../support/workspace.ts';

const {requestCancel} = await import('../../../src/runner/cancel.ts');
const {drive} = await import('../../../src/runner/drive.ts');
const {findRuns} = await import('../../../src/workspace/find-runs.ts');
const {releaseAllParts} = await import('../../../src/runner/sharing/release.ts');
const {loadsOf} = await import('../../../src/workspace/share-loads.ts');
const {startRun} = await import('../../../src/workspace/start-run.ts');
const {startRuns} = await import('../../../src/workspace/start-runs.ts');

/** Of each family three runs that may share a load, and what tells their samples apart where the program received them. */
const FAMILIES = {
  transfer1: {
    common: {weights: {depth: 1}},
    fields: [{prompt: 'snow'}, {prompt: 'rain'}, {prompt: 'hail'}],
  },
  'transfer2.5': {
    common: {weights: {edge: 1}},
    fields: [
      {prompt: 'snow', seed: 4},
      {prompt: 'rain', num_steps: 5},
      {prompt: 'hail', 'weights.edge': 0.5},
    ],
  },
  cosmos3: {
    common: {weights: {edge: 1}},
    fields: [
      {prompt: 'snow', seed: 4},
      {prompt: 'rain', num_steps: 5},
      {prompt: 'hail', 'weights.edge': 0.5},
    ],
  },
} satisfies Record<string, {common: Partial<StartRequest>; fields: Record<string, unknown>[]}>;

const endOf = ({status, attempts}: RunDocument): [string, number] => [status, attempts.length];
/** The first is made by the load, the others by themselves. */
const MADE_ONE = [0, 1, 1].map((attempts) => ['completed', attempts]);

type Family = keyof typeof FAMILIES;

for (const family of Object.keys(FAMILIES) as Family[]) {
  describe(`runs of ${family} that share a load`, function () {
    this.timeout(60_000);
    let bench: ModelBench;
    let scene = '';

    before(async () => {
      scene = await makeScene(['color', 'depth']);
    });
    beforeEach(async () => {
      bench = await ModelBench.make(family);
    });
    afterEach(() => bench.close());

    const run = (failure = ''): Promise<RunDocument[]> =>
      bench.machine.write('STANDIN_FAIL', failure).then(() => {
        const {common, fields} = FAMILIES[family];
        return bench.runBatch({...common, model: family, source: scene, prompt: null}, fields);
      });

    const loadOf = async (runs: readonly RunDocument[]): Promise<RunDocument> => {
      const ids = new Set(runs.map(({share}) => share?.run));
      const [id = ''] = ids;
      assert.equal(ids.size, 1);
      return bench.documentOf(id);
    };

    it('have their own outputs of one start', async () => {
      const runs = await run();
      assert.deepEqual(
        runs.map(({status, attempts, failure}) => [status, attempts.length, failure]),
        Array(3).fill(['completed', 0, null]),
      );
      const load = await loadOf(runs);
      assert.deepEqual([load.kind, load.status], ['load', 'completed']);
      assert.deepEqual(
        load.members,
        runs.map(({id}) => id),
      );
      for (const each of runs) {
        assert.equal(each.primaryOutput, each.plan?.primaryOutput);
        const planned = each.plan?.outputs.filter(({isRequired}) => isRequired).map(({name}) => name) ?? [];
        const names = each.outputs.map(({name}) => name);
        assert.deepEqual(
          planned.filter((name) => !names.includes(name)),
          [],
        );
        assert.equal(each.log?.digest, load.log?.digest);
        assert.deepEqual(each.execution.command, load.execution.command);
      }
      const prompts = await Promise.all(runs.map((each) => bench.promptOf(each)));
      assert.deepEqual(prompts, ['snow', 'rain', 'hail']);
    });

    it('are the only ones to keep what was made', async () => {
      const load = await loadOf(await run());
      const kept = load.plan?.outputs.filter(({of}) => of !== undefined).map(({name}) => name) ?? [];
      assert.deepEqual(
        load.outputs.filter(({name}) => kept.includes(name)),
        [],
      );
      assert.ok(load.released.length >= 3);
      await assert.rejects(
        bench.prepare({model: family, source: undefined, prompt: null, from: {run: load.id, as: 'again'}}),
        {code: 'input.invalid', hint: new RegExp(load.members?.[2] ?? 'none')},
      );
      assert.equal(findRuns(bench.workspace, {}).length, 3, 'the load is no result');
      assert.equal(findRuns(bench.workspace, {kind: 'load'}).length, 1);
    });

    it('fail alone when the guardrail blocks one', async () => {
      const runs = await run('guardrail@1');
      assert.deepEqual(
        runs.map(({status, failure}) => [status, failure?.class]),
        [
          ['completed', undefined],
          ['failed', 'guardrail.prompt'],
          ['completed', undefined],
        ],
      );
      // Transfer1 ends there: what it has not begun runs by itself.
      const others = family === 'transfer1' ? 1 : 0;
      assert.deepEqual(
        runs.map(({attempts}) => attempts.length),
        [0, 0, others],
      );
    });

    it('make by themselves what was not made', async () => {
      const runs = await run('gpu@1');
      assert.deepEqual(runs.map(endOf), MADE_ONE);
      assert.equal((await loadOf(runs)).failure?.class, 'gpu.fault');
      const [, second] = runs;
      assert.match(
        second?.events.find(({to}) => to === 'preparing')?.reason ?? '',
        /^the shared load rs_\w+ did not make it/,
      );
    });

    it('make again what the program was at when it was killed', async () => {
      const runs = await run('killed@1');
      assert.deepEqual(runs.map(endOf), MADE_ONE);
    });
  });
}

describe('runs that do not share a load', function () {
  this.timeout(60_000);
  let bench: ModelBench;
  let scene = '';
  let bare = '';

  before(async () => {
    scene = await makeScene(['color', 'depth', 'segmentation']);
    bare = await makeScene();
  });
  afterEach(() => bench.close());

  /** How many runs are in each load. */
  const sizes = async (
    family: Family,
    common: Partial<StartRequest>,
    fields: Record<string, unknown>[],
  ): Promise<number[]> => {
    bench = await ModelBench.make(family);
    const source = common.weights && 'seg' in common.weights ? bare : scene;
    const prepared = await bench.prepareBatch({...common, model: family, source}, fields);
    return loadsOf(prepared).map(({length}) => length);
  };

  const depth = {weights: {depth: 1}};
  for (const [what, family, common, fields] of [
    ['are told not to', 'transfer2.5', {...depth, mayShare: false}, [{seed: 1}, {seed: 2}]],
    ['have controls of other kinds', 'transfer2.5', {}, [depth, {weights: {seg: 1}}]],
    [
      'take several GPUs of which some may wait for ever',
      'transfer2.5',
      {...depth, flags: {gpus: 2}},
      [{seed: 1}, {seed: 2}],
    ],
    ['load another checkpoint', 'cosmos3', depth, [{}, {checkpoint: 'Cosmos3-Super'}]],
    ['have another seed where there is one for all', 'transfer1', depth, [{seed: 1}, {seed: 2}]],
    ['have another weight where there is one for all', 'transfer1', {}, [depth, {weights: {depth: 0.5}}]],
    ['have another negative prompt', 'transfer1', depth, [{negative: 'fog'}, {negative: 'mist'}]],
    ['have thresholds drawn by chance', 'transfer1', {weights: {edge: 1}}, [{prompt: 'a'}, {prompt: 'b'}]],
    ['are looked at by their prompt', 'transfer1', {weights: {seg: 1}}, [{prompt: 'a'}, {prompt: 'b'}]],
    [
      'have their prompts enlarged',
      'transfer1',
      {...depth, set: {upsample_prompt: true}},
      [{prompt: 'a'}, {prompt: 'b'}],
    ],
  ] satisfies [string, Family, Partial<StartRequest>, Record<string, unknown>[]][])
    it(what, async () => {
      assert.deepEqual(await sizes(family, common, fields), []);
    });

  it('would wait for each other although there is room', async () => {
    bench = await ModelBench.make('cosmos3');
    const fields = Array.from({length: 25}, (_, seed) => ({seed}));
    const prepared = await bench.prepareBatch({...depth, model: 'cosmos3', source: scene}, fields);
    const on = (gpusThere: number | null): number[] =>
      loadsOf(prepared.map((each) => ({...each, gpusThere}))).map(({length}) => length);
    assert.deepEqual(on(null), [10, 10, 5]);
    assert.deepEqual(on(1), [10, 10, 5]);
    assert.deepEqual(on(8), [4, 4, 4, 4, 4, 4]);
    assert.deepEqual(on(25), []);
  });

  it('are cancelled with their load, or the load with them', async () => {
    bench = await ModelBench.make('cosmos3');
    const start = async () => {
      const fields = [{seed: 1}, {seed: 2}];
      const prepared = await bench.prepareBatch({...depth, model: 'cosmos3', source: scene}, fields);
      const {runs, shared} = await startRuns(bench.runner(), prepared);
      const [first, second, load] = [...runs, ...shared].map(({id}) => id);
      assert.ok(first !== undefined && second !== undefined && load !== undefined);
      return {first, second, load};
    };
    const runner = bench.runner();
    const statusOf = async (id: string): Promise<string> => (await drive(runner, id)).status;
    const one = await start();
    await requestCancel(runner, one.first);
    assert.equal(await statusOf(one.first), 'cancelled');
    assert.equal((await bench.documentOf(one.load)).cancelRequested, null, 'the other waits for it');
    await requestCancel(runner, one.second);
    assert.deepEqual([await statusOf(one.second), await statusOf(one.load)], ['cancelled', 'cancelled']);
    const two = await start();
    await requestCancel(runner, two.load);
    assert.deepEqual([await statusOf(two.first), await statusOf(two.second)], ['cancelled', 'cancelled']);
  });

  it('leave with their load what none of them has taken', async () => {
    bench = await ModelBench.make('cosmos3');
    await bench.machine.write('STANDIN_FAIL', 'gpu@1');
    const runs = await bench.runBatch({...depth, model: 'cosmos3', source: scene}, [{seed: 1}, {seed: 2}]);
    const id = runs[0]?.share?.run ?? '';
    const before = await bench.documentOf(id);
    // As when the machine of a load that was given up answers again.
    const [descriptor] = before.released.map((each) => each.descriptor);
    assert.ok(descriptor);
    const late = {...descriptor, digest: (await putText(bench.workspace, 'came late')).digest, isLate: true};
    await bench.workspace.documents.replace('runs', id, (load) => ({
      ...load,
      outputs: [...load.outputs, late],
    }));
    await releaseAllParts(bench.workspace);
    const after = await bench.documentOf(id);
    assert.deepEqual(after.outputs.at(-1), late);
    assert.deepEqual(after.released, before.released);
    const taken = new Set(runs[0]?.outputs.map(({digest}) => digest));
    assert.ok(before.released.every((each) => taken.has(each.descriptor.digest)));
  });

  it('lost their load before it was made', async () => {
    bench = await ModelBench.make('cosmos3');
    const [prepared] = await bench.prepareBatch({...depth, model: 'cosmos3', source: scene}, [{seed: 1}]);
    assert.ok(prepared);
    const share = {run: 'rs_0123456789abcdef', item: 1};
    const {run, lease} = await startRun(bench.runner(), {...prepared, after: [share.run]}, {share});
    const ended = await drive(bench.runner(), run.id, {lease});
    assert.deepEqual([ended.status, ended.attempts.length], ['completed', 1]);
  });
});
