/** A part of `npm run test:powercut`: one operation, and the sync of its bytes left out, which must be noticed. */
import assert from 'node:assert/strict';
import {reasonAgainst} from '../powercut/disk.ts';
import {ACKNOWLEDGED} from '../powercut/operations.ts';
import {makeCutBase, sweepPowerCuts} from '../powercut/sweep.ts';
import {hasStrace} from '../support/strace.ts';

const BYTES = 'the bytes of a blob';
const TURNS = 4;

describe('the power is cut when a put is done', function () {
  this.timeout(180_000);

  it('and nothing is lost, unless the bytes of the blob are not synced', async function () {
    const [put] = ACKNOWLEDGED;
    assert.ok(put);
    if (!hasStrace() || reasonAgainst('ext4') !== undefined) return this.skip();
    const base = await makeCutBase(put);
    // The system may write the bytes by itself before the cut, when other tests fill its memory with theirs.
    for (let isNoticed = false, turn = 1; !isNoticed; turn += 1) {
      const swept = await sweepPowerCuts(put, {kind: 'ext4', base}, (what) => what === BYTES);
      assert.equal(swept.acknowledged, 1);
      assert.ok(swept.blobs > 0);
      isNoticed = swept.syncs.every(({noticed}) => noticed !== undefined);
      assert.deepEqual(
        swept.syncs.map(({what}) => [what, isNoticed || turn < TURNS]),
        [[BYTES, true]],
      );
    }
  });
});
