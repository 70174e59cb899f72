import assert from 'node:assert/strict';
import {outcomeOf} from '../support/cli.ts';
import {startFaultProxy} from '../support/fault-proxy.ts';
import {
  cosmosAt,
  jsonAt,
  letGo,
  makeBox,
  startAt,
  startWaiting,
  succeed,
  until,
  useSshd,
} from '../support/remote.ts';

interface Row {
  stage: string;
  lastProofAt?: string;
  unreachableSince?: string;
}

describe('a run that another process drives', function () {
  this.timeout(90_000);

  const sshd = useSshd();

  it('shows what that process has seen, and when', async () => {
    const proxy = await startFaultProxy({port: sshd().port});
    try {
      const box = await makeBox({sshd: sshd(), port: proxy.port});
      const id = await startWaiting(box);
      const read = async (): Promise<Row | undefined> =>
        (await jsonAt<Row[]>(box, ['status', '--offline']))[0];
      const attached = outcomeOf(startAt(box, ['attach', id]));
      await until(async () => (await read())?.lastProofAt !== undefined, 'a proof of life');
      assert.match(
        await succeed(box, ['show', id]),
        /Job alive +last proven (\d+ s ago|just now)\nMachine +answered (\d+ s ago|just now)/,
      );
      proxy.refuse();
      proxy.cut();
      await until(async () => (await read())?.stage === 'unreachable', 'the silence');
      assert.ok((await read())?.unreachableSince);
      assert.match(
        await succeed(box, ['show', id]),
        /Machine +unreachable for [\d.]+ s, last tried (\d+ s ago|just now); answered/,
      );
      assert.match((await cosmosAt(box, ['status', '--offline'])).stdout, /unreachable [^\n]*for [\d.]+ s/);
      await proxy.accept();
      await until(async () => (await read())?.unreachableSince === undefined, 'the answer');
      await letGo(box);
      assert.equal((await attached).code, 0);
    } finally {
      await proxy.close();
    }
  });
});
