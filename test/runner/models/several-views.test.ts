import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {SMALL, writeClip} from '../../media/clips.ts';
import {ModelBench, type Received} from '../../support/model-bench.ts';
import {readReceived, runPlan} from '../../support/run-plan.ts';
import {temporaryFolder} from '../../support/temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {transfer1} = await import('../../../src/runner/models/transfer1/adapter.ts');
const {transfer25} = await import('../../../src/runner/models/transfer2.5/adapter.ts');

describe('several views on this machine with the stand-ins', function () {
  this.timeout(60_000);
  let folder: string;
  let bench: ModelBench;

  before(async () => {
    folder = await temporaryFolder('views');
    await writeClip(join(folder, 'clip.mp4'), {...SMALL, frames: 57});
    await writeClip(join(folder, 'all.mp4'), {...SMALL, frames: 54});
  });
  afterEach(() => bench.close());

  async function write(name: string, spec: object): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, JSON.stringify(spec));
    return path;
  }

  describe('of Transfer2.5', () => {
    const view = {input_path: 'clip.mp4', control_path: 'clip.mp4'};
    const request = async (isCombined: boolean): Promise<Parameters<ModelBench['run']>[0]> => ({
      model: 'transfer2.5',
      prompt: null,
      source: await write('drive.json', {
        ...{name: 'drive', prompt: 'a road', front_wide: view, rear: view},
        save_combined_views: isCombined,
      }),
      flags: {gpus: 2},
    });

    beforeEach(async () => {
      bench = await ModelBench.make('transfer2.5');
    });

    it('come home one by one', async () => {
      const run = await bench.run(await request(false));
      assert.equal(run.status, 'completed', JSON.stringify(run.failure));
      const videos = run.outputs.filter(({mediaType}) => mediaType === 'video/mp4').map(({name}) => name);
      assert.deepEqual(videos.toSorted(), ['drive_front_wide.mp4', 'drive_grid.mp4', 'drive_rear.mp4']);
      assert.equal(run.primaryOutput, 'drive_grid.mp4');
      const {nproc, samples} = await bench.received(run);
      assert.equal(nproc, 2);
      assert.deepEqual(
        samples[0]?.inputs?.map(({key, sha256}) => [key, `sha256:${sha256}`]),
        ['front_wide.input_path', 'front_wide.control_path', 'rear.input_path', 'rear.control_path'].map(
          (key) => [key, run.inputs.find(({role}) => role !== 'spec')?.digest],
        ),
      );
    });

    it('come home as one video', async () => {
      const [prepared] = await bench.prepare(await request(true));
      assert.ok(prepared);
      const ended = await runPlan(transfer25, prepared.planned.normal, bench);
      assert.equal(ended.failure, null, ended.log.join('\n'));
      assert.deepEqual(
        ended.names.filter((name) => name.endsWith('.mp4')),
        [ended.plan.primaryOutput],
      );
    });
  });

  describe('of Transfer1', () => {
    const request = async (views: number): Promise<Parameters<ModelBench['run']>[0]> => ({
      model: 'transfer1',
      prompt: null,
      source: await write('maps.json', {
        prompt: 'a road',
        hdmap: {control_weight: 1, input_control: Array.from({length: views}, () => 'clip.mp4')},
      }),
      seed: 9,
      flags: {steps: 30, guidance: 3, 'sigma-max': 80},
    });

    beforeEach(async () => {
      bench = await ModelBench.make('transfer1');
    });

    it('come home with six of their maps', async () => {
      const run = await bench.run(await request(6));
      assert.equal(run.status, 'completed', JSON.stringify(run.failure));
      assert.equal(run.primaryOutput, 'output.mp4');
      assert.equal((await bench.read(run, 'output.txt')).split(';').length, 6);
      const {args, inputs} = await bench.received(run);
      const {seed, num_steps: steps, guidance, prompt, waymo_example: isWaymo} = args;
      assert.deepEqual([seed, steps, guidance, prompt, isWaymo], [9, 30, 3, 'a road', false]);
      assert.equal(inputs.length, 6);
    });

    it('go on from a video of all views, each with words of its own', async () => {
      const texts = ['left', 'right', 'back', 'back_left', 'back_right'].map((view): [string, string] => [
        `prompt_${view}`,
        `a {${view}} wall`,
      ]);
      const set: Record<string, unknown> = {
        ...Object.fromEntries(texts),
        view_condition_video: 'clip.mp4',
        initial_condition_video: 'all.mp4',
        num_input_frames: 9,
        n_clip_max: 2,
      };
      const run = await bench.run({...(await request(6)), set});
      assert.equal(run.status, 'completed', JSON.stringify(run.failure));
      const {args, inputs, argv} = await bench.received(run);
      for (const [key, text] of texts) {
        assert.deepEqual([args[key], run.parameters[key]], [text, text]);
        assert.equal(argv.filter((word) => word === `--${key}`).length, 1);
      }
      assert.deepEqual([args['num_input_frames'], args['n_clip_max']], [9, 2]);
      for (const key of ['view_condition_video', 'initial_condition_video']) {
        const {digest, name} = run.inputs.find(({role}) => role === key.slice(0, -6).replace('_', '-')) ?? {};
        assert.equal(digest, `sha256:${inputs.find((input) => input.key === key)?.sha256 ?? ''}`);
        assert.equal(run.parameters[key], `inputs/${name ?? ''}`);
      }

      const again = await bench.run({source: undefined, prompt: null, from: {run: run.id, as: 'again'}});
      assert.equal(again.status, 'completed', JSON.stringify(again.failure));
      assert.deepEqual(again.parameters, run.parameters);
      const digestsOf = (of: typeof run): string[] =>
        of.inputs.filter(({role}) => role !== 'spec').map(({digest}) => digest);
      assert.deepEqual(digestsOf(again), digestsOf(run));
    });

    it('are five of Waymo where there are five maps', async () => {
      const [prepared] = await bench.prepare(await request(5));
      assert.ok(prepared);
      const {failure, log, outputs} = await runPlan(transfer1, prepared.planned.normal, bench);
      assert.equal(failure, null, log.join('\n'));
      const {args, inputs} = await readReceived<Received>(outputs);
      assert.deepEqual([args['waymo_example'], inputs.length], [true, 5]);
    });
  });
});
