/** `npm run test:crash`: every operation, with every fault at every system call. Takes more than an hour. */
import {hasStrace} from '../support/strace.ts';
import {OPERATIONS} from './operations.ts';
import {FAULTS, renderRows, sweep, type Row} from './sweep.ts';

describe('a fault at every system call', function () {
  this.timeout(60 * 60_000);

  const rows: Row[] = [];
  before(function () {
    if (!hasStrace()) this.skip();
  });
  after(() => console.log(renderRows(rows)));

  for (const fault of FAULTS)
    for (const operation of OPERATIONS)
      it(`${fault.name}: ${operation.name}`, async () => {
        rows.push(...(await sweep(operation, fault)));
      });
});
