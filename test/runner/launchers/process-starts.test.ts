import assert from 'node:assert/strict';
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {startSparingly} from '../../../src/runner/launchers/process/launcher.ts';

describe('startSparingly', () => {
  const children: ChildProcess[] = [];
  let time: number;
  let start: ReturnType<typeof startSparingly>;

  beforeEach(() => {
    time = 1_000_000;
    start = startSparingly(
      async () => {
        const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], {
          stdio: 'ignore',
        });
        children.push(child);
        await once(child, 'spawn');
        return child;
      },
      () => time,
    );
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('starts one while the last is coming up', async () => {
    for (let look = 0; look < 5; look += 1) await start('/jobs/a', 1, {mode: 'fresh'});
    assert.equal(children.length, 1);
    await start('/jobs/a', 2, {mode: 'fresh'});
    await start('/jobs/a', 2, {mode: 'adopt'});
    await start('/jobs/b', 2, {mode: 'adopt'});
    assert.equal(children.length, 4, 'another attempt, mode or job is another matter');
  });

  it('starts anew at once when the last has ended', async () => {
    await start('/jobs/a', 1, {mode: 'fresh'});
    const [first] = children;
    assert.ok(first);
    first.kill('SIGKILL');
    await once(first, 'exit');
    await start('/jobs/a', 1, {mode: 'fresh'});
    assert.equal(children.length, 2);
  });

  it('does not wait for ever for one that hangs', async () => {
    await start('/jobs/a', 1, {mode: 'fresh'});
    time += 10_000;
    await start('/jobs/a', 1, {mode: 'fresh'});
    time -= 3_600_000;
    await start('/jobs/a', 1, {mode: 'fresh'});
    assert.equal(children.length, 3, 'also when the clock was set back');
  });
});
