import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {NormalRequest} from '../../../../src/runner/model.ts';
import {writeClip} from '../../../media/clips.ts';
import {requestOf, type PathRequest} from '../../../support/request.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

// Videos are probed on demand; errors are compared by class, so everything has to come from the same loader.
const {transfer1} = await import('../../../../src/runner/models/transfer1/adapter.ts');

describe('transfer1 with several views', () => {
  let folder = '';

  before(async () => {
    folder = await temporaryFolder('views');
    await writeClip(join(folder, 'a.mp4'));
  });

  async function normalise(spec: object, request: Partial<PathRequest> = {}): Promise<NormalRequest> {
    const source = join(folder, 'spec.json');
    await writeFile(source, JSON.stringify(spec));
    return transfer1.normalise(await requestOf({source, set: {sigma_max: 80}, ...request}));
  }

  const views = (count: number): object => ({
    hdmap: {control_weight: 1, input_control: Array.from({length: count}, () => 'a.mp4')},
  });

  it('sends each view and says the rest on the command line', async () => {
    const normal = await normalise(
      {...views(6), prompt: 'a {wet} road', num_steps: 30, view_condition_video: 'a.mp4'},
      {seed: 4},
    );
    assert.deepEqual(
      normal.inputs.map(({name}) => name),
      ['view_condition.mp4', ...[1, 2, 3, 4, 5, 6].map((view) => `hdmap_${view}.mp4`)].toSorted((a, b) =>
        a.startsWith('view') ? 1 : b.startsWith('view') ? -1 : 0,
      ),
    );
    const spec = normal.makeSpec('/in');
    assert.deepEqual(Object.keys(spec).toSorted(), ['hdmap', 'view_condition_video']);
    const {argv, requires} = transfer1.plan(normal);
    assert.ok(argv.includes('cosmos_transfer1/diffusion/inference/transfer_multiview.py'));
    const after = (word: string): string | undefined => argv[argv.indexOf(word) + 1];
    assert.deepEqual(['--num_steps', '--seed', '--guidance', '--fps', '--prompt'].map(after), [
      '30',
      '4',
      '5',
      '24',
      'a {{wet}} road',
    ]);
    assert.ok(!argv.includes('--waymo_example') && !argv.includes('--is_av_sample'));
    assert.match(requires?.[1] ?? '', /Single2MultiView\/t2w_base_model\.pt$/);
  });

  it('knows the five views of Waymo and the other base model', async () => {
    const spec = {
      hdmap: {...(views(5) as {hdmap: object}).hdmap, ckpt_path: 'nvidia/x/v2w_hdmap_control.pt'},
    };
    const {argv, requires} = transfer1.plan(await normalise(spec));
    assert.equal(argv[argv.indexOf('--waymo_example') + 1], 'True');
    assert.match(requires?.[1] ?? '', /v2w_base_model\.pt$/);
  });

  it('refuses another number of views', async () => {
    await assert.rejects(
      normalise(views(4)),
      /"hdmap\.input_control" has 4 videos; there are 6 views, or 5 of Waymo/,
    );
  });
});
