import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Scene} from '../../src/runner/scene.ts';
import {CITY} from '../support/cli.ts';
import {temporaryFolder} from '../support/temporary.ts';

// The probe is loaded on demand; errors are compared by class, so everything has to come from the same loader.
const {findDisagreements, readScene} = await import('../../src/runner/scene.ts');

const MEDIA = {width: 1280, height: 704, frames: 48, fps: 24, codec: 'avc1', durationSeconds: 2};

function passes(depth: Partial<typeof MEDIA>): Scene['passes'] {
  return {
    color: {path: '/color.mp4', media: MEDIA},
    depth: {path: '/depth.mp4', media: {...MEDIA, ...depth}},
  };
}

describe('findDisagreements', () => {
  it('finds nothing in passes that agree', () => {
    assert.deepEqual(findDisagreements(passes({})), []);
    assert.deepEqual(findDisagreements(passes({codec: 'hevc', durationSeconds: 9})), []);
  });

  it('compares every pass with the colour pass', () => {
    assert.deepEqual(findDisagreements(passes({frames: 47})), ['depth has 47 frames, color has 48']);
    assert.deepEqual(findDisagreements(passes({height: 720})), ['depth is 1280x720, color is 1280x704']);
    assert.deepEqual(findDisagreements(passes({fps: 23.976})), [
      'depth has 23.976 frames per second, color has 24',
    ]);
    assert.equal(findDisagreements(passes({frames: 1, width: 1, fps: 1})).length, 3);
  });

  it('says nothing without a colour pass to compare with', () => {
    const {depth} = passes({frames: 1});
    assert.deepEqual(findDisagreements(depth ? {depth} : {}), []);
  });
});

describe('readScene', () => {
  it('reads every pass under its known names', async () => {
    const findings: string[] = [];
    const scene = await readScene(CITY, findings);
    assert.deepEqual(findings, []);
    assert.equal(scene.name, 'city');
    assert.deepEqual(Object.keys(scene.passes).sort(), ['color', 'depth', 'seg']);
    assert.deepEqual(scene.broken, []);
  });

  it('finds everything that is wrong at once', async () => {
    const folder = await temporaryFolder('scene');
    await writeFile(join(folder, 'depth.mp4'), '');
    await writeFile(join(folder, 'seg.mp4'), 'no video');
    await mkdir(join(folder, 'edge.mp4'));
    const findings: string[] = [];
    const scene = await readScene(folder, findings);
    assert.equal(findings.length, 4, findings.join('\n'));
    assert.match(findings.join('\n'), /there is no color\.mp4 in/);
    assert.deepEqual(scene.broken, ['depth', 'seg', 'edge']);
    assert.deepEqual(scene.passes, {});
  });

  it('refuses a folder that is not there', async () => {
    await assert.rejects(readScene(join(await temporaryFolder(), 'gone'), []), {code: 'file.unreadable'});
  });
});
