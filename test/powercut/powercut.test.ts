/** `npm run test:powercut`: every operation on three filesystems, and each of its syncs left out. Takes half an hour. */
import {hasStrace} from '../support/strace.ts';
import {DISK_KINDS, type DiskKind} from './disk.ts';
import {ACKNOWLEDGED, renderSyncs, sweepPowerCuts, type SyncRow} from './sweep.ts';

describe('the power is cut when it is done', function () {
  this.timeout(30 * 60_000);

  const kept: string[] = [];
  const syncs: SyncRow[] = [];
  const disks = new Set<DiskKind>();
  before(function () {
    if (!hasStrace()) this.skip();
  });
  after(() => {
    const head = ['| filesystem | operation | blobs read after the cut | lost |', '|---|---|---|---|'];
    console.log([...head, ...kept, '', renderSyncs(syncs, [...disks])].join('\n'));
  });

  for (const kind of DISK_KINDS)
    for (const operation of ACKNOWLEDGED)
      it(`${kind}: ${operation.name}`, async function () {
        const swept = await sweepPowerCuts(operation, kind);
        if (!swept) return this.skip();
        disks.add(kind);
        kept.push(`| ${kind} | ${operation.name} | ${swept.acknowledged} | 0 |`);
        syncs.push(...swept.syncs);
      });
});
