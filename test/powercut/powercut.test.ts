/** `npm run test:powercut`: every operation on three filesystems, and each of its syncs left out. Takes half an hour. */
import assert from 'node:assert/strict';
import {hasStrace} from '../support/strace.ts';
import {DISK_KINDS, reasonAgainst} from './disk.ts';
import {ACKNOWLEDGED} from './operations.ts';
import {makeCutBase, sweepPowerCuts, type Base, type SyncRow} from './sweep.ts';
import {listUnexplained, renderSyncs} from './table.ts';

for (const operation of ACKNOWLEDGED)
  describe(`the power is cut: ${operation.name}`, function () {
    this.timeout(30 * 60_000);

    let base: Base;
    const kept: string[] = [];
    const syncs: SyncRow[] = [];
    before(async function () {
      if (!hasStrace()) return this.skip();
      base = await makeCutBase(operation);
    });
    after(() => console.log([...kept, renderSyncs(syncs)].join('\n')));

    for (const kind of DISK_KINDS)
      it(`${kind} keeps what was acknowledged`, async function () {
        const reason = reasonAgainst(kind);
        if (reason !== undefined) {
          kept.push(`| ${kind} | ${operation.name} | skipped: ${reason} | | |`);
          return this.skip();
        }
        const swept = await sweepPowerCuts(operation, {kind, base});
        kept.push(`| ${kind} | ${operation.name} | ${swept.acknowledged} | ${swept.blobs} | 0 |`);
        syncs.push(...swept.syncs);
      });

    it('shows each sync that is left out, or says why not', function () {
      if (DISK_KINDS.some((kind) => !syncs.some(({disk}) => disk === kind))) return this.skip();
      assert.deepEqual(listUnexplained(syncs), []);
    });
  });
