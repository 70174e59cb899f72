/** A part of `npm run test:powercut`, which takes half an hour: one operation, and one sync left out, which must be noticed. */
import assert from 'node:assert/strict';
import {ACKNOWLEDGED, sweepPowerCuts} from '../powercut/sweep.ts';
import {hasStrace} from '../support/strace.ts';

describe('the power is cut when a put is done', function () {
  this.timeout(180_000);

  it('and nothing is lost, unless the bytes of the blob are not synced', async function () {
    const [put] = ACKNOWLEDGED;
    assert.ok(put);
    const swept = hasStrace() ? await sweepPowerCuts(put, 'ext4', '/storage/ingest/') : undefined;
    if (!swept) return this.skip();
    assert.ok(swept.acknowledged > 0);
    const ofBytes = swept.syncs.filter(({what}) => what === 'the bytes of a blob');
    assert.ok(ofBytes.length > 0 && ofBytes.every(({isNoticed}) => isNoticed), JSON.stringify(swept.syncs));
  });
});
