import assert from 'node:assert/strict';
import {
  cosmosAt,
  jsonAt,
  letGo,
  makeBox,
  runDetached,
  showRun,
  succeed,
  until,
  useSshd,
} from '../support/remote.ts';

interface Row {
  summary: {id: string; status: string};
  stage: string;
  trouble?: string;
}

describe('cosmos status without a terminal', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  it('prints one table and waits for no job', async () => {
    const box = await makeBox({sshd: sshd(), settings: ['price=3600', 'currency=EUR']});
    const {id} = await runDetached(box, 'wait');
    const text = await succeed(box, ['status']);
    assert.equal(text.match(/^RUN /gm)?.length, 1);
    assert.match(text, /running .* box\n/);
    assert.match(await succeed(box, ['list']), /\d\.\d\d EUR so far\n/);
    assert.match(await succeed(box, ['show', id]), /^Cost .* EUR so far, \d+ s at 3600 EUR\/h$/m);
    await letGo(box);
    await until(async () => {
      await succeed(box, ['status']);
      return (await showRun(box, id)).status === 'completed';
    }, 'a status that brings the run home');
    assert.match(await succeed(box, ['show', id]), /^Cost .* EUR, .* at 3600 EUR\/h$/m);
  });

  it('names the target that does not answer', async () => {
    const box = await makeBox({sshd: sshd()});
    await runDetached(box, 'wait');
    await succeed(box, ['target', 'set', 'box', 'port=1']);
    const {code, stdout, stderr} = await cosmosAt(box, ['status']);
    assert.equal(code, 0);
    assert.equal(stderr, '');
    assert.match(stdout, /unreachable [^]*\nbox: .*127\.0\.0\.1:1 .*Its runs go on/);
    const [row] = await jsonAt<Row[]>(box, ['status']);
    assert.deepEqual([row?.summary.status, row?.stage], ['running', 'unreachable']);
    assert.match(row?.trouble ?? '', /127\.0\.0\.1:1/);
  });
});
