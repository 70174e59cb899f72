import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {NormalRequest} from '../../../../src/runner/model.ts';
import {SMALL, writeClip} from '../../../media/clips.ts';
import {findingsOf} from '../../../support/findings.ts';
import {requestOf, type PathRequest} from '../../../support/request.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

// Videos are probed on demand; errors are compared by class, so everything has to come from the same loader.
const {upscale} = await import('../../../../src/runner/models/upscale/adapter.ts');

describe('upscale.normalise', () => {
  let clip = '';

  before(async () => {
    clip = join(await temporaryFolder('clip'), 'shot.mp4');
    await writeClip(clip, {...SMALL, fps: 30});
  });

  async function normalise(request: Partial<PathRequest>): Promise<NormalRequest> {
    return upscale.normalise(await requestOf({source: clip, ...request}, upscale.specHint));
  }

  it('takes a video at the speed that it has', async () => {
    const normal = await normalise({prompt: 'brick', seed: 4, set: {control_weight: 0.7}});
    const spec = normal.makeSpec('/in');
    assert.deepEqual(
      [
        spec['input_video_path'],
        spec['upscale'],
        spec['fps'],
        spec['num_steps'],
        spec['seed'],
        spec['prompt'],
      ],
      ['/in/color.mp4', {control_weight: 0.7}, 30, 10, 4, 'brick'],
    );
    for (const hint of ['vis', 'edge', 'depth', 'seg']) assert.equal(spec[hint], undefined, hint);
    assert.equal(normal.kind, 'upscale');
    assert.deepEqual(normal.model, {family: 'upscale', adapterVersion: 1});
    assert.equal(normal.parameters['control_weight'], 0.7);
    assert.equal(normal.scene?.name, 'shot');
    assert.deepEqual(normal.warnings, []);
  });

  it('expects a result that is larger', async () => {
    const plan = upscale.plan(await normalise({}));
    const output = plan.outputs.find(({role}) => role === 'output');
    assert.deepEqual(output?.least, {width: SMALL.width + 1, height: SMALL.height + 1});
    const file = {name: 'output.mp4', size: 1, mediaType: 'video/mp4', path: clip};
    const text = {name: 'output.txt', size: 1, mediaType: 'text/plain', path: clip};
    assert.deepEqual(await upscale.checkOutputs([file, text], plan), [
      {name: 'output.mp4', reason: `is ${SMALL.width}x${SMALL.height}, no larger than what went in`},
    ]);
  });

  it('reads a spec of its own family', async () => {
    const source = join(clip, '..', 'spec.json');
    await writeFile(
      source,
      JSON.stringify({input_video_path: 'shot.mp4', upscale: {control_weight: 0.3}, num_steps: 12}),
    );
    const spec = (await normalise({source})).makeSpec('/in');
    assert.deepEqual([spec['upscale'], spec['num_steps']], [{control_weight: 0.3}, 12]);
  });

  it('refuses what could have no effect', async () => {
    const findings = await findingsOf(() =>
      normalise({
        weights: {edge: 1},
        flags: {'blur-strength': 'low', resolution: '720'},
        set: {canny_threshold: 'low'},
      }),
    );
    assert.equal(findings.length, 4, findings.join('\n'));
    assert.match(findings.join('\n'), /--blur-strength: an upscale has no control but the video itself/);
    assert.match(findings.join('\n'), /no parameter "canny_threshold"/);
  });
});
