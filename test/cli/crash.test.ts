/** A part of `npm run test:crash`, which takes most of an hour. */
import assert from 'node:assert/strict';
import {OPERATIONS} from '../crash/operations.ts';
import {FAULTS, sweep} from '../crash/sweep.ts';
import {hasStrace} from '../support/strace.ts';

/** Of the calls of each kind. */
const STRIDE = 20;

describe('a fault at some system calls', function () {
  this.timeout(120_000);
  before(function () {
    if (!hasStrace()) this.skip();
  });

  const NAMES = ['put, one blob', 'document rewritten', 'gc, to the trash'];
  for (const [index, fault] of FAULTS.entries())
    it(`${fault.name}: ${NAMES[index]}`, async () => {
      const operation = OPERATIONS.find(({name}) => name === NAMES[index]);
      assert.ok(operation);
      const rows = await sweep(operation, fault, STRIDE);
      assert.ok(rows.length > 3 && rows.every(({points, acknowledged}) => acknowledged >= points));
    });
});
