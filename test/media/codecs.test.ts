import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {promisify} from 'node:util';
import {temporaryFolder} from '../support/temporary.ts';
import {SMALL, writeClip} from './clips.ts';
import {WITHOUT_CODECS} from './without-codecs.ts';

const MEDIA = new URL('../../src/media/', import.meta.url);

describe('loadCodecs', () => {
  it('leaves probing and copying to machines without codecs', async () => {
    const folder = await temporaryFolder('media');
    await writeClip(join(folder, 'clip.mp4'));
    const script = `
      const {probeVideo} = await import(${module('probe.ts')});
      const {copyVideo} = await import(${module('copy.ts')});
      const {decodeAll} = await import(${module('playable.ts')});
      const {frames} = await probeVideo('clip.mp4');
      const copied = await copyVideo('clip.mp4', 'copy.mp4');
      const error = await decodeAll('clip.mp4').catch((error) => error);
      console.log(JSON.stringify({frames, copied: copied.frames, code: error.code, hint: error.hint}));`;
    const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const argv = ['--import', loader, ...WITHOUT_CODECS, '--input-type=module', '--eval', script];
    const {stdout} = await promisify(execFile)(process.execPath, argv, {cwd: folder});
    const answer = JSON.parse(stdout) as {frames: number; copied: number; code: string; hint: string};
    assert.deepEqual(answer, {
      ...answer,
      frames: SMALL.frames,
      copied: SMALL.frames,
      code: 'media.unavailable',
    });
    assert.match(answer.hint, /npm install @napi-rs\/webcodecs/);
  });
});

function module(name: string): string {
  return JSON.stringify(new URL(name, MEDIA).href);
}
