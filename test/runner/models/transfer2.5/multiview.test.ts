import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {NormalRequest} from '../../../../src/runner/model.ts';
import {SMALL, writeClip} from '../../../media/clips.ts';
import {findingsOf} from '../../../support/findings.ts';
import {requestOf, type PathRequest} from '../../../support/request.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

// Videos are probed on demand; errors are compared by class, so everything has to come from the same loader.
const {transfer25} = await import('../../../../src/runner/models/transfer2.5/adapter.ts');

describe('transfer2.5 with several views', () => {
  let folder = '';

  before(async () => {
    folder = await temporaryFolder('views');
    for (const name of ['in', 'ws']) await writeClip(join(folder, `${name}.mp4`));
    await writeClip(join(folder, 'short.mp4'), {...SMALL, frames: 5});
  });

  const VIEW = {input_path: 'in.mp4', control_path: 'ws.mp4'};
  const SAMPLE = {name: 'drive', prompt: 'night', front_wide: VIEW, rear: VIEW};

  async function normalise(spec: object, request: Partial<PathRequest> = {}): Promise<NormalRequest> {
    const source = join(folder, 'spec.json');
    await writeFile(source, JSON.stringify(spec));
    return transfer25.normalise(await requestOf({source, ...request}));
  }

  const mistakes = (spec: object, request: Partial<PathRequest> = {}): Promise<string[]> =>
    findingsOf(() => normalise(spec, request));

  it('sends every view and starts the program of views', async () => {
    const normal = await normalise(SAMPLE, {seed: 3, flags: {steps: 9, gpus: 2}});
    assert.deepEqual(
      normal.inputs.map(({name}) => name),
      ['front_wide.mp4', 'front_wide_control.mp4', 'rear.mp4', 'rear_control.mp4'],
    );
    const spec = normal.makeSpec('/in');
    assert.deepEqual(spec['rear'], {input_path: '/in/rear.mp4', control_path: '/in/rear_control.mp4'});
    assert.deepEqual([spec['seed'], spec['num_steps'], spec['fps'], spec['guidance']], [3, 9, 10, 3]);
    assert.equal(spec['resolution'], undefined);
    const {argv, gpus, primaryOutput, requires} = transfer25.plan(normal);
    assert.deepEqual(argv, [
      ...['torchrun', '--nproc_per_node=2', 'examples/multiview.py', '-i', '{spec}', '-o', '{outputs}'],
    ]);
    assert.deepEqual([gpus, primaryOutput, requires], [2, 'drive.mp4', ['{checkout}/examples/multiview.py']]);
  });

  it('expects each view where they are not combined', async () => {
    const {outputs, primaryOutput} = transfer25.plan(
      await normalise({...SAMPLE, save_combined_views: false}),
    );
    assert.equal(primaryOutput, 'drive_grid.mp4');
    assert.deepEqual(
      outputs.filter(({isRequired}) => isRequired).map(({name}) => name),
      ['drive_grid.mp4', 'drive_front_wide.mp4', 'drive_rear.mp4'],
    );
  });

  for (const [label, spec, finding] of [
    ['more views than GPUs', {}, /2 views need as many GPUs; "num_gpus" is 1/],
    ['a view without an input', {rear: {control_path: 'ws.mp4'}}, /"rear" needs an "input_path"/],
    ['views of different lengths', {rear: {...VIEW, control_path: 'short.mp4'}}, /rear-control has 5 frames/],
    [
      'no view with a control',
      {front_wide: {input_path: 'in.mp4'}, rear: {}},
      /no view has a "control_path"/,
    ],
    ['a key of the other kind', {edge: {}}, /unknown key "edge"/],
    [
      'views that begin differently',
      {enable_autoregressive: true, rear: {...VIEW, num_conditional_frames_per_view: 5}},
      /must be 0 for every view, or for none/,
    ],
  ] as const)
    it(`refuses ${label}`, async () => {
      const request = label.startsWith('more') ? {flags: {gpus: 1}} : {};
      assert.match((await mistakes({...SAMPLE, ...spec}, request)).join('\n'), finding);
    });

  it('takes no flag of the other kind', async () => {
    const findings = await mistakes(SAMPLE, {flags: {resolution: '720', 'canny-threshold': 'low'}});
    assert.equal(findings.length, 2, findings.join('\n'));
  });
});
