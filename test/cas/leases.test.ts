import assert from 'node:assert/strict';
import {hashBytes} from '../../src/cas/digest.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {startProgram} from '../support/programs.ts';
import {closeWorkspaces, DAY_MS, makeClock, newWorkspace} from '../support/workspace.ts';

describe('Leases', () => {
  after(closeWorkspaces);

  it('lets one holder drive a subject', async () => {
    const {leases} = await newWorkspace();
    const lease = await leases.acquire('driving', 'rs_1');
    await assert.rejects(leases.acquire('driving too', 'rs_1'), {code: 'lease.held'});
    assert.equal(leases.holderOf('rs_1')?.id, lease.id);
    await lease.release();
    assert.equal(leases.holderOf('rs_1'), undefined);
    await (await leases.acquire('driving', 'rs_1')).release();
  });

  it('lets many hold without a subject', async () => {
    const {leases} = await newWorkspace();
    const held = [await leases.acquire('one'), await leases.acquire('two')];
    assert.equal(leases.list().length, 2);
    for (const lease of held) await lease.release();
    assert.deepEqual(leases.list(), []);
  });

  it('are released when the work fails', async () => {
    const {leases} = await newWorkspace();
    await assert.rejects(
      leases.hold('test', () => Promise.reject(new TypeError('on purpose'))),
      TypeError,
    );
    assert.deepEqual(leases.list(), []);
  });

  it('end when they are broken', async () => {
    const {leases} = await newWorkspace();
    const lease = await leases.acquire('driving', 'rs_1');
    assert.ok(lease.isHeld());
    assert.equal(await leases.break(lease.id), true);
    assert.equal(await leases.break(lease.id), false);
    assert.ok(!lease.isHeld());
    await assert.rejects(lease.announce([]), {code: 'lease.lost'});
  });

  for (const way of ['release', 'break'] as const) {
    it(`forget all of very many announcements at a ${way}, and none of another`, async () => {
      const {leases} = await newWorkspace();
      const digests = Array.from({length: 10_000}, (_, index) => hashBytes(Buffer.from(String(index))));
      const [ours, theirs] = [await leases.acquire('ours'), await leases.acquire('theirs')];
      const kept = digests.filter((_, index) => index % 3 === 0);
      await ours.announce(digests);
      await theirs.announce(kept);
      await (way === 'release' ? ours.release() : leases.break(ours.id));
      assert.deepEqual(
        digests.filter((digest) => leases.isAnnounced(digest)),
        kept,
      );
      assert.deepEqual(
        leases.list().map(({id}) => id),
        [theirs.id],
      );
    });
  }

  it('expire after a day without renewal', async () => {
    const clock = makeClock();
    const {leases} = await newWorkspace(undefined, {now: clock.now});
    const lease = await leases.acquire('driving', 'rs_1');
    clock.advance(DAY_MS - 1000);
    assert.equal(await leases.endDead(), 0);
    clock.advance(2000);
    assert.deepEqual(leases.listLiving(), []);
    assert.equal(await leases.endDead(), 1);
    assert.ok(!lease.isHeld());
  });
});

describe('Leases of another process', () => {
  let workspace: Workspace;
  beforeEach(async () => (workspace = await newWorkspace()));
  after(closeWorkspaces);

  it('hold while it lives, end when killed', async () => {
    const {leases} = workspace;
    const holder = startProgram('hold', workspace.root, ['rs_1', 'a blob of the holder']);
    try {
      await holder.printed('held');
      await assert.rejects(leases.acquire('driving', 'rs_1'), {
        code: 'lease.held',
        message: new RegExp(`process ${holder.pid}`),
      });
      holder.stop();
      assert.equal(await leases.endDead(), 0, 'a stopped process keeps its lease');
      assert.equal(leases.announced().size, 1);
    } finally {
      await holder.kill();
    }
    assert.equal(leases.holderOf('rs_1'), undefined);
    assert.equal(leases.announced().size, 0);
    const [entry] = leases.list();
    assert.ok(entry, 'the record stays until somebody ends it');
    const taken = await leases.acquire('driving', 'rs_1');
    assert.deepEqual(
      leases.list().map(({id}) => id),
      [taken.id],
    );
  });
});
