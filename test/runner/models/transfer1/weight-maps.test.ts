import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {SMALL, writeClip} from '../../../media/clips.ts';
import {ModelBench} from '../../../support/model-bench.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {parseWeights} = await import('../../../../src/cli/run-flags.ts');

/** Maps of different bytes; the second one has the name that the first one is sent under. */
const MAPS = ['maps/depth.pt', 'inputs/depth-weight.pt'] as const;

describe('maps of weights for Transfer1 with its stand-in', function () {
  this.timeout(60_000);
  let folder: string;
  let bench: ModelBench;

  before(async () => {
    folder = await temporaryFolder('maps');
    await writeClip(join(folder, 'color.mp4'), SMALL);
    for (const map of MAPS) {
      await mkdir(join(folder, map, '..'));
      await writeFile(join(folder, map), map);
    }
    bench = await ModelBench.make('transfer1');
  });
  after(() => bench.close());

  type Run = Awaited<ReturnType<ModelBench['run']>>;

  /** The digest of the map that the program has read. */
  async function mapOf(run: Run): Promise<string | undefined> {
    assert.equal(run.status, 'completed', JSON.stringify(run.failure));
    const {inputs} = await bench.received(run);
    return inputs.find(({key}) => key === 'depth.control_weight')?.sha256;
  }

  const weightsOf = ({parameters}: Run): unknown[] => [
    parameters['weights'],
    parameters['depth.control_weight'],
  ];
  const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

  it('are read from where the flag or an earlier run has them', async () => {
    const first = await bench.run({
      ...{source: folder, model: 'transfer1'},
      weights: parseWeights('edge=0.5, depth=maps/depth.pt', folder),
    });
    assert.equal(await mapOf(first), digestOf(MAPS[0]));
    assert.deepEqual(weightsOf(first), [{edge: 0.5}, 'depth-weight.pt']);

    const from = {source: undefined, prompt: null, from: {run: first.id, as: 'again'}} as const;
    const again = await bench.run({...from, weights: {edge: 0.25}});
    assert.equal(await mapOf(again), digestOf(MAPS[0]));
    assert.deepEqual(weightsOf(again), [{edge: 0.25}, 'depth-weight.pt']);

    const other = await bench.run({...from, weights: {depth: join(folder, MAPS[1])}});
    assert.equal(await mapOf(other), digestOf(MAPS[1]), 'not taken for the one of the earlier run');
  });
});
