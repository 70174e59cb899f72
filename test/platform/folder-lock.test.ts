import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {sleep} from '../../src/platform/clock.ts';
import {withFolderLock} from '../../src/platform/folder-lock.ts';
import {identifySelf, type ProcessIdentity} from '../../src/platform/process-identity.ts';
import {temporaryFolder} from '../support/temporary.ts';

/** A lock as another process would have left it. */
async function leaveLock(path: string, holder: string): Promise<void> {
  await mkdir(path);
  await writeFile(join(path, 'abcd.json'), holder);
}

function deadProcess(): ProcessIdentity {
  const {pid} = spawnSync(process.execPath, ['--version']);
  return {...identifySelf(), pid, start: '1'};
}

describe('withFolderLock', () => {
  it('lets one at a time in, and leaves nothing', async () => {
    const folder = await temporaryFolder();
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await sleep(2);
      inside -= 1;
    };
    await Promise.all(Array.from({length: 20}, () => withFolderLock(join(folder, 'lock'), work)));
    assert.equal(most, 1);
    assert.deepEqual(await readdir(folder), []);
  });

  it('is given back when the work fails', async () => {
    const folder = await temporaryFolder();
    const failing = withFolderLock(join(folder, 'lock'), () => Promise.reject(new Error('no')));
    await assert.rejects(failing, /no/);
    assert.deepEqual(await readdir(folder), []);
  });

  it('takes over from a process that is proven dead', async () => {
    const folder = await temporaryFolder();
    await leaveLock(join(folder, 'lock'), JSON.stringify(deadProcess()));
    assert.equal(await withFolderLock(join(folder, 'lock'), () => Promise.resolve('in'), 0), 'in');
    assert.deepEqual(await readdir(folder), []);
  });

  it('takes over what a power cut tore or emptied', async () => {
    const folder = await temporaryFolder();
    await leaveLock(join(folder, 'torn'), '{"host": "h');
    await mkdir(join(folder, 'empty'));
    for (const name of ['torn', 'empty'])
      assert.equal(await withFolderLock(join(folder, name), () => Promise.resolve(name), 0), name);
    assert.deepEqual(await readdir(folder), []);
  });

  it('waits for the living, names it, and leaves its lock alone', async () => {
    const folder = await temporaryFolder();
    await leaveLock(join(folder, 'lock'), JSON.stringify(identifySelf()));
    const waiting = withFolderLock(join(folder, 'lock'), () => Promise.resolve('in'), 100);
    await assert.rejects(waiting, {code: 'lease.held', message: new RegExp(`process ${process.pid} `)});
    assert.deepEqual(await readdir(folder), ['lock']);
    assert.deepEqual(await readdir(join(folder, 'lock')), ['abcd.json']);
  });
});
