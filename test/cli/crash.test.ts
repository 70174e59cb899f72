/** A part of `npm run test:crash`, which takes a quarter of an hour. */
import assert from 'node:assert/strict';
import {OPERATIONS} from '../crash/operations.ts';
import {sweep} from '../crash/sweep.ts';
import {hasStrace} from '../support/strace.ts';

/** Of the calls of each kind. */
const STRIDE = 20;

describe('killed before some system calls', function () {
  this.timeout(120_000);
  before(function () {
    if (!hasStrace()) this.skip();
  });

  for (const name of ['put, one blob', 'document rewritten', 'gc, to the trash'])
    it(name, async () => {
      const operation = OPERATIONS.find((each) => each.name === name);
      assert.ok(operation);
      const rows = await sweep(operation, STRIDE);
      assert.ok(rows.length > 3 && rows.every(({points, acknowledged}) => acknowledged >= points));
    });
});
