import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parseMount} from '../../../../src/runner/models/custom/mounts.ts';
import {loadSettings} from '../../../../src/workspace/settings/load.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

describe('parseMount', () => {
  for (const [text, source, target, isReadOnly] of [
    ['/data:/data', '/data', '/data', false],
    ['/data/luts:/luts:ro', '/data/luts', '/luts', true],
    ['C:\\films:/films', 'C:\\films', '/films', false],
    ['{checkout}/a:{checkout}/b:ro', '{checkout}/a', '{checkout}/b', true],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseMount(text), {source, target, isReadOnly});
    });
  }

  /** The settings refuse more: a source that is not absolute, and the root of the container. */
  const wrong = [
    '/data',
    '/data:data',
    '/data:C:\\data',
    'data:/data',
    '/a:/b:rw',
    '/a:/b:/c',
    '/a:',
    '/a:/',
    '',
  ];

  it('reads nothing that is no mount', () => {
    for (const text of ['/data', '/data:data', '/data:C:\\data', '/a:/b:rw', '/a:/b:/c', '/a:'])
      assert.equal(parseMount(text), undefined, text);
  });

  it('is never handed what the settings refuse', async () => {
    const workspaceFile = join(await temporaryFolder('mounts'), 'cosmos.toml');
    for (const text of wrong) {
      const mounts = `mounts = [${JSON.stringify(text)}]`;
      await writeFile(
        workspaceFile,
        `[models.a]\nargv = ["a"]\noutputs = [{name = "a", mediaType = "text/plain"}]\n${mounts}\n`,
      );
      await assert.rejects(
        loadSettings({workspaceFile}),
        {code: 'config.invalid', message: /"models\.a\.mounts\[0\]" must be "SOURCE:TARGET"/},
        text,
      );
    }
  });
});
