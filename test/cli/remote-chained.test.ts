import assert from 'node:assert/strict';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {CITY} from '../support/cli.ts';
import {cosmosAt, jsonAt, makeBox, useSshd} from '../support/remote.ts';
import {Machine} from '../support/stand-ins.ts';

describe('cosmos run --upscale over SSH', function () {
  this.timeout(120_000);
  let machine: Machine;
  const sshd = useSshd(async () => {
    machine = await Machine.make('transfer1');
    return {environment: {PATH: machine.path}};
  });

  it('is upscaled on the same machine', async () => {
    const box = await makeBox({sshd: sshd(), settings: machine.targetSettings});
    const words = ['--model', 'transfer1', '--target', 'box', '--weights', 'depth=1', '--prompt', 'rain'];
    const [first, second] = await jsonAt<RunDocument[]>(box, ['run', CITY, ...words, '--upscale']);
    assert.ok(first && second);
    assert.deepEqual(
      [first.status, second.status],
      ['completed', 'completed'],
      JSON.stringify(second.failure),
    );
    assert.deepEqual(
      [second.id, second.parents],
      [first.next?.run, [{run: first.id, relation: 'upscale-of'}]],
    );
    const places = [first, second].map(({execution: {target, address, root, box: id}}) => [
      ...[target, address, root, id],
    ]);
    assert.deepEqual(places[1], places[0]);
    assert.ok(places[0]?.every((place) => place !== undefined));
  });

  it('is not begun where there is no upscaler', async () => {
    await machine.write('other/examples/inference.py', '# another model');
    const checkout = join(machine.checkout, 'other');
    const settings = [`checkout=${checkout}`, `checkpoints=${machine.checkout}`];
    const box = await makeBox({sshd: sshd(), settings});
    const words = ['--model', 'transfer2.5', '--target', 'box', '--prompt', 'rain', '--upscale'];
    const {code, stderr} = await cosmosAt(box, ['run', CITY, ...words]);
    assert.equal(code, 13, stderr);
    assert.match(
      stderr,
      /No upscale could follow: The target box is not ready:[^]*cosmos_transfer1\/\S+transfer\.py/,
    );
    assert.deepEqual(await jsonAt(box, ['list', '--all']), []);
  });
});
