import assert from 'node:assert/strict';
import {orderRows} from '../../../src/views/status/row-order.ts';
import {ago, sampleRows, summaryOf} from '../samples.ts';

describe('orderRows', () => {
  it('puts what occupies the machine first and what has ended last', () => {
    const statuses = orderRows(sampleRows().toReversed()).map(({summary}) => summary.status);
    assert.deepEqual(statuses.slice(0, 3), ['running', 'running', 'queued']);
  });

  it('puts the newest of each first, whatever way it ended', () => {
    const rows = [ago(9), ago(1), ago(5)].map((since, at) => ({
      summary: summaryOf({since, status: at === 2 ? 'failed' : 'completed'}),
      stage: '',
    }));
    assert.deepEqual(
      orderRows(rows).map(({summary}) => summary.since),
      [ago(1), ago(5), ago(9)],
    );
  });
});
