/** What the Python system before cosmos got wrong with models, batches and upscales, as tests that hold the opposite. */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import type {RunDocument} from '../../../src/manifest/types.gen.ts';
import {makeScene, writeClip} from '../../media/clips.ts';
import {ModelBench} from '../../support/model-bench.ts';

const {onlyKeys} = await import('../../../src/runner/json.ts');
const {findRuns} = await import('../../../src/workspace/find-runs.ts');

/** A job of several gives each its own name and folder. */
function withoutPlace(raw: Record<string, unknown>): Record<string, unknown> {
  return onlyKeys(raw, (key) => key !== 'name' && key !== 'video_path');
}

describe('unlike its predecessor', function () {
  this.timeout(120_000);
  let bench: ModelBench;
  let scene = '';

  before(async () => {
    scene = await makeScene();
  });

  afterEach(() => bench.close());

  const specsOf = (runs: readonly RunDocument[]): Promise<Record<string, unknown>[]> =>
    Promise.all(runs.map((run) => bench.specOf(run)));

  describe('with Transfer2.5', () => {
    beforeEach(async () => {
      bench = await ModelBench.make('transfer2.5');
    });

    const batch = (fields: Record<string, unknown>[]): Promise<RunDocument[]> =>
      bench.runBatch({model: 'transfer2.5', source: scene}, fields);

    it('never reports a failed inference as a success', async () => {
      const run = await bench.run({model: 'transfer2.5', source: scene}, 'guardrail-silent');
      assert.deepEqual([run.status, run.execution.exitCode], ['failed', 0]);
      assert.equal(run.failure?.class, 'guardrail.prompt');
      assert.ok(run.failure.evidence.length > 0);
      assert.ok(run.log, 'the reason can be read');
      assert.equal(run.primaryOutput, null);
    });

    it('takes the parameters of a batch, and mixes up no controls', async () => {
      const runs = await batch([
        {prompt: 'snow', num_steps: 4, guidance: 5, weights: {edge: 0.4}, canny_threshold: 'low', seed: 3},
        {prompt: 'rain', negative: 'fog', weights: {vis: 0.7}, blur_strength: 'high'},
        {prompt: 'hail', weights: {edge: 1}},
      ]);
      assert.deepEqual(
        runs.map(({status}) => status),
        ['completed', 'completed', 'completed'],
      );
      const [first, second, third] = await Promise.all(
        runs.map(async (run) => withoutPlace((await bench.sampleOf(run)).raw)),
      );
      const specs = (await specsOf(runs)).map(withoutPlace);
      assert.deepEqual([first, second, third], specs, 'recorded as it was received');
      assert.deepEqual(
        [first?.['prompt'], first?.['num_steps'], first?.['guidance'], first?.['seed'], first?.['edge']],
        ['snow', 4, 5, 3, {control_weight: 0.4, preset_edge_threshold: 'low'}],
      );
      assert.deepEqual(
        [second?.['negative_prompt'], second?.['vis'], second?.['edge']],
        ['fog', {control_weight: 0.7, preset_blur_strength: 'high'}, undefined],
      );
      assert.deepEqual(
        [third?.['edge'], third?.['vis'], third?.['negative_prompt'], third?.['num_steps']],
        [{control_weight: 1}, undefined, undefined, 35],
      );
    });

    it('shows every item of a batch, and none as completed without its file', async () => {
      await bench.machine.write('STANDIN_FAIL', 'no-output');
      const runs = await batch([{seed: 1}, {seed: 2}]);
      assert.deepEqual(
        runs.map(({status, failure, primaryOutput}) => [status, failure?.class, primaryOutput]),
        [
          ['failed', 'outputs.wrong', null],
          ['completed', undefined, 'output.mp4'],
        ],
      );
      const found = findRuns(bench.workspace, {batch: runs[0]?.batch?.id});
      assert.deepEqual(found.map(({id}) => id).toSorted(), runs.map(({id}) => id).toSorted());
    });

    it('has one set of defaults for a run, a repetition and a batch', async () => {
      const [run] = await bench.prepare({model: 'transfer2.5', source: scene, repeat: 2});
      const [item] = await batch([{}]);
      assert.ok(run && item);
      assert.deepEqual(item.parameters, run.planned.normal.parameters);
    });

    it('says that inputs are missing or do not fit before anything is sent', async () => {
      const other = await makeScene();
      await writeClip(join(other, 'depth.mp4'), {
        width: 64,
        height: 48,
        frames: 5,
        fps: 24,
        timescale: 24_000,
      });
      await assert.rejects(bench.run({model: 'transfer2.5', source: other}), {
        code: 'input.invalid',
        message: /depth has 5 frames, color has \d+/,
      });
      await assert.rejects(batch([{source: join(scene, 'gone')}, {weights: {depth: 1}}]), {
        code: 'input.invalid',
      });
      assert.equal(bench.workspace.index.countRuns(), 0);
    });

    it('keeps what a batch has in common once, and records all that went in', async () => {
      const runs = await batch([{seed: 1}, {seed: 2}]);
      const colors = runs.map(({inputs}) => inputs.find(({role}) => role === 'color')?.digest);
      assert.equal(new Set(colors).size, 1);
      for (const run of runs) {
        assert.ok(run.spec && run.log);
        const received = (await bench.sampleOf(run)).inputs?.map(({sha256}) => `sha256:${sha256}`);
        const sent = run.inputs.filter(({role}) => role !== 'spec').map(({digest}) => digest);
        assert.deepEqual(received, sent);
        assert.equal(run.prompt?.text, 'rain');
      }
    });
  });

  it('finds an upscale and its log under the names that they have', async () => {
    bench = await ModelBench.make('transfer1');
    const first = await bench.run({model: 'transfer1', source: scene, weights: {edge: 1}});
    assert.equal(first.status, 'completed', JSON.stringify(first.failure));
    const larger = await bench.run({
      model: 'upscale',
      source: undefined,
      from: {run: first.id, as: 'result'},
      prompt: null,
    });
    assert.equal(larger.status, 'completed', JSON.stringify(larger.failure));
    assert.deepEqual([larger.kind, larger.parents], ['upscale', [{run: first.id, relation: 'upscale-of'}]]);
    const [before, after] = [first, larger].map(({outputs, primaryOutput}) =>
      outputs.find(({name}) => name === primaryOutput),
    );
    assert.ok(before?.media && after?.media);
    assert.ok(after.media.width > before.media.width && after.media.height > before.media.height);
    assert.equal(larger.inputs.find(({role}) => role === 'color')?.digest, before.digest);
    for (const file of [after, larger.log, first.log])
      assert.ok(file && (await bench.workspace.store.find(file.digest)));
  });
});
