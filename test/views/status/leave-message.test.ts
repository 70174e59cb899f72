import assert from 'node:assert/strict';
import {leaveMessage} from '../../../src/views/status/leave-message.ts';
import {sampleRows} from '../samples.ts';

describe('leaveMessage', () => {
  const rows = sampleRows();

  it('says which runs go on and which wait', () => {
    assert.equal(
      leaveMessage({rows}),
      '2 runs go on; 1 run waits for a cosmos command. To return: cosmos status',
    );
    assert.equal(leaveMessage({rows: rows.slice(0, 1)}), '1 run goes on. To return: cosmos status');
  });

  it('knows that another window carries a run on', () => {
    const queued = rows.slice(2, 3).map((row) => ({...row, isDrivenElsewhere: true}));
    assert.match(leaveMessage({rows: queued}), /^1 run goes on/);
  });

  it('promises nothing when no run is active', () => {
    assert.match(leaveMessage({rows: rows.slice(3)}), /^No run is active\./);
  });
});
