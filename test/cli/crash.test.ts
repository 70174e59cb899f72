/** A part of `npm run test:crash`, which takes most of an hour. */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {makeBase, OPERATIONS, type Operation} from '../crash/operations.ts';
import {FAULTS, sweep} from '../crash/sweep.ts';
import {cosmosFaultedAt, hasStrace} from '../support/strace.ts';
import {temporaryFolder} from '../support/temporary.ts';

/** Of the calls of each kind. */
const STRIDE = 20;

function operationOf(name: string): Operation {
  const operation = OPERATIONS.find((each) => each.name === name);
  assert.ok(operation, name);
  return operation;
}

describe('a fault at some system calls', function () {
  this.timeout(120_000);
  before(function () {
    if (!hasStrace()) this.skip();
  });

  const NAMES = ['put, one blob', 'document rewritten', 'gc, to the trash'];
  for (const [index, fault] of FAULTS.entries())
    it(`${fault.name}: ${NAMES[index]}`, async () => {
      const rows = await sweep(operationOf(NAMES[index] ?? ''), fault, STRIDE);
      assert.ok(rows.length > 3 && rows.every(({points, acknowledged}) => acknowledged >= points));
    });

  it('EIO from mkdir: delete', async () => {
    const rows = await sweep(operationOf('delete'), {name: 'EIO from', error: 'EIO', syscalls: ['mkdir']});
    assert.ok(rows.every(({points}) => points > 3));
    assert.equal(rows.length, 1);
  });

  const CARRYING_ON = [
    ['status', '--wait', '100'],
    ['watch', '--until-idle'],
  ];
  const REFUSED = {
    EIO: /^cosmos: The disk failed .*\(store\.failed, exit 1;/ms,
    ENOSPC: /\(store\.full, exit 1;/,
  };
  for (const [args, error] of CARRYING_ON.flatMap(
    (args) =>
      [
        [args, 'EIO'],
        [args, 'ENOSPC'],
      ] as const,
  ))
    it(`ends "${args.join(' ')}" when the disk refuses what it carries on with ${error}`, async () => {
      const cwd = join(await temporaryFolder('refused'), 'films');
      await makeBase(cwd, operationOf('run collected'));
      const ended = await cosmosFaultedAt(args, cwd, {syscall: 'pwrite64', when: 1, error});
      assert.ok(ended.isHit && !ended.isStuck);
      assert.notEqual(ended.code, 0);
      assert.match(ended.stderr, REFUSED[error]);
    });
});
