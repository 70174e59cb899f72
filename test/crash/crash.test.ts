/** `npm run test:crash`: every operation, killed before every system call. Takes a quarter of an hour. */
import {hasStrace} from '../support/strace.ts';
import {OPERATIONS} from './operations.ts';
import {renderRows, sweep, type Row} from './sweep.ts';

describe('killed before every system call', function () {
  this.timeout(30 * 60_000);

  const rows: Row[] = [];
  before(function () {
    if (!hasStrace()) this.skip();
  });
  after(() => console.log(renderRows(rows)));

  for (const operation of OPERATIONS)
    it(operation.name, async () => {
      rows.push(...(await sweep(operation)));
    });
});
