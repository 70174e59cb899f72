import assert from 'node:assert/strict';
import type {LeaseRecord} from '../../src/cas/catalog/leases.ts';
import {hashBytes} from '../../src/cas/digest.ts';
import type {ProcessIdentity} from '../../src/platform/process-identity.ts';
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

  it('of a process that is proven to run outlast their time', async () => {
    const clock = makeClock();
    const {leases} = await newWorkspace(undefined, {now: clock.now});
    const lease = await leases.acquire('driving', 'rs_1');
    clock.advance(30 * DAY_MS);
    assert.equal(await leases.endDead(), 0);
    assert.ok(lease.isHeld());
    await assert.rejects(leases.acquire('driving too', 'rs_1'), {
      code: 'lease.held',
      hint: /Its lease ends when that process ends; /,
    });
  });

  const HOLDERS: [string, Partial<ProcessIdentity>, {young: number; old: number}][] = [
    ['whose pid has another start time, at once', {start: '1'}, {young: 1, old: 1}],
    ['of an earlier boot, at once', {boot: 'another'}, {young: 1, old: 1}],
    ["whose pid is nobody's, at once", {pid: 4_194_303}, {young: 1, old: 1}],
    ['of an unknown start time, after a day', {start: null}, {young: 0, old: 1}],
    ['of another namespace, after a day', {namespace: 'pid:[1]'}, {young: 0, old: 1}],
    ['of another computer, after a day', {host: 'elsewhere', boot: 'another'}, {young: 0, old: 1}],
  ];
  for (const [whose, change, ended] of HOLDERS) {
    it(`end ${whose}`, async function () {
      if (process.platform !== 'linux') this.skip();
      const clock = makeClock();
      const workspace = await newWorkspace(undefined, {now: clock.now});
      const {leases} = workspace;
      const {catalog} = workspace.store.context;
      // The very process that runs the test: its pid is in use.
      const lease = await leases.acquire('test', 'rs_1');
      const [record] = leases.list();
      assert.ok(record);
      const {id, ...rest} = record;
      const holder = {...record.holder, ...change};
      await catalog.transaction(
        'test',
        () => void catalog.table<LeaseRecord, string>('leases').put(id, {...rest, holder}),
      );
      clock.advance(DAY_MS - 1000);
      assert.equal(await leases.endDead(), ended.young);
      assert.equal(lease.isHeld(), ended.young === 0);
      clock.advance(2000);
      await leases.endDead();
      assert.equal(lease.isHeld(), ended.old === 0);
    });
  }
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
