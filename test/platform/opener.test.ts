import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {sleep} from '../../src/platform/clock.ts';
import {openWithSystem} from '../../src/platform/opener.ts';
import {temporaryFolder} from '../support/temporary.ts';

/** Prints more than a pipe holds, takes its time, and says in a file that it came to its end. */
const VIEWER = `#!/bin/sh
head -c 3000000 /dev/zero
sleep 1
: >"$1"
`;

describe('openWithSystem', function () {
  const {PATH} = process.env;
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });
  afterEach(() => void (process.env['PATH'] = PATH));

  it('leaves the viewer to itself, whatever that prints', async () => {
    const folder = await temporaryFolder('viewer');
    await writeFile(join(folder, 'xdg-open'), VIEWER, {mode: 0o755});
    process.env['PATH'] = `${folder}:${PATH ?? ''}`;
    const end = join(folder, 'end');
    assert.equal(await openWithSystem(end), true);
    assert.equal(existsSync(end), false);
    for (let turn = 0; turn < 200 && !existsSync(end); turn += 1) await sleep(50);
    assert.equal(existsSync(end), true);
  });

  it('says when there is none', async () => {
    process.env['PATH'] = await temporaryFolder('nothing');
    assert.equal(await openWithSystem('anything'), false);
  });
});
