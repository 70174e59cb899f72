import assert from 'node:assert/strict';
import {copyFile, mkdir, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {canonicalBytes} from '../../src/manifest/canonical.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {descriptorOf, makePin, makeRef, makeRun, runId} from '../support/documents.ts';
import {startProgram} from '../support/programs.ts';
import {closeWorkspace, closeWorkspaces, newWorkspace, newWorkspaceFolder} from '../support/workspace.ts';

after(closeWorkspaces);

/** Names in a documents folder, drafts included. */
async function filesIn({documents}: Workspace, kind: string): Promise<string[]> {
  return (await readdir(join(documents.folder, kind))).sort();
}

describe('Documents.create', () => {
  let workspace: Workspace;
  before(async () => (workspace = await newWorkspace()));

  it('writes canonical bytes and indexes them', async () => {
    const run = makeRun(runId(1), {name: 'first'});
    await workspace.documents.create('runs', run);
    assert.deepEqual(await readFile(workspace.documents.pathOf('runs', run.id)), canonicalBytes(run));
    assert.deepEqual(await workspace.documents.read('runs', run.id), run);
    assert.equal(workspace.index.getRun(run.id)?.name, 'first');
  });

  it('refuses an id that is taken', async () => {
    await assert.rejects(workspace.documents.create('runs', makeRun(runId(1))), {code: 'document.exists'});
    assert.equal((await workspace.documents.read('runs', runId(1))).name, 'first');
  });

  it('refuses a name differing only in case', async () => {
    await workspace.documents.create('refs', makeRef('Hero'));
    await assert.rejects(workspace.documents.create('refs', makeRef('hERO')), {code: 'document.exists'});
    await workspace.documents.create('pins', makePin('hero'));
  });

  for (const name of ['con', 'nul.json', 'trailing.']) {
    it(`refuses the name "${name}" of Windows`, async () => {
      await assert.rejects(workspace.documents.create('refs', makeRef(name)), {code: 'usage.invalid'});
      await assert.rejects(workspace.documents.create('pins', makePin(name)), {code: 'usage.invalid'});
    });
  }

  it('writes nothing that is not valid', async () => {
    const run = makeRun(runId(9), {primaryOutput: 'none.mp4'});
    await assert.rejects(workspace.documents.create('runs', run), {code: 'document.invalid'});
    assert.deepEqual(await filesIn(workspace, 'runs'), [`${runId(1)}.json`]);
  });

  it('leaves no draft and no intent', async () => {
    assert.equal(await workspace.documents.removeLeftovers(false), 0);
    assert.equal(await workspace.documents.repeatLeftIntents(), 0);
    await writeFile(join(workspace.documents.folder, 'runs', '1-aa.part'), 'a draft of a dead writer');
    assert.equal(await workspace.documents.removeLeftovers(true), 1);
    assert.equal(
      await workspace.documents.removeLeftovers(false),
      1,
      'no intent is left that would prevent this',
    );
    assert.deepEqual(await filesIn(workspace, 'runs'), [`${runId(1)}.json`]);
  });

  it('leaves the drafts of everybody while one writer is at work', async () => {
    const writer = startProgram('createRun', workspace.root, [runId(8)], 'document.announced');
    const draft = join(workspace.documents.folder, 'runs', '1-bb.part');
    try {
      await writer.paused();
      await writeFile(draft, 'nobody knows whose');
      assert.equal(await workspace.documents.removeLeftovers(true), 0);
      assert.equal(await workspace.documents.removeLeftovers(false), 0);
      await writer.finish();
    } finally {
      await writer.kill();
    }
    assert.equal(await workspace.documents.removeLeftovers(false), 1);
    await workspace.documents.read('runs', runId(8));
  });

  it('lets one of two creators win', async () => {
    const results = await Promise.allSettled(
      [1, 2].map((rating) => workspace.documents.create('runs', makeRun(runId(2), {rating}))),
    );
    assert.deepEqual(results.map(({status}) => status).sort(), ['fulfilled', 'rejected']);
  });

  it('writes nothing without its lease', async () => {
    const lease = await workspace.leases.acquire('test');
    await lease.release();
    await assert.rejects(workspace.documents.create('runs', makeRun(runId(3)), {lease}), {
      code: 'lease.lost',
    });
    await assert.rejects(workspace.documents.read('runs', runId(3)), {code: 'document.missing'});
  });
});

describe('Documents.replace', () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await newWorkspace();
    await workspace.documents.create('runs', makeRun(runId(1)));
  });

  it('keeps what a later cosmos wrote', async () => {
    const future = {
      ...makeRun(runId(2)),
      future: {digest: descriptorOf(7).digest},
      execution: {target: 'x', launcher: 'y', command: [], later: 1},
    };
    await workspace.documents.create('runs', future);
    const next = await workspace.documents.replace('runs', runId(2), (run) => ({...run, rating: 5}));
    assert.deepEqual(await workspace.documents.read('runs', runId(2)), {...future, rating: 5});
    assert.deepEqual(next, {...future, rating: 5});
    assert.ok(workspace.index.isReferenced(descriptorOf(7).digest));
  });

  it('writes nothing when nothing changed', async () => {
    const before = await readFile(workspace.documents.pathOf('runs', runId(1)));
    let calls = 0;
    await workspace.documents.replace('runs', runId(1), (run) => {
      calls += 1;
      return run;
    });
    assert.equal(calls, 1);
    assert.deepEqual(await readFile(workspace.documents.pathOf('runs', runId(1))), before);
  });

  it('loses no change made at once', async () => {
    const add = (tag: string) =>
      workspace.documents.replace('runs', runId(1), (run) => ({...run, tags: [...run.tags, tag]}));
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(add));
    assert.deepEqual((await workspace.documents.read('runs', runId(1))).tags.sort(), [
      'a',
      'b',
      'c',
      'd',
      'e',
      'f',
    ]);
  });

  it('loses no change of two processes', async () => {
    const others = [1, 2].map(() => startProgram('tagRun', workspace.root, [runId(1), '50']));
    await Promise.all(others.map((other) => other.finish()));
    assert.deepEqual((await workspace.documents.read('runs', runId(1))).tags, ['100']);
    assert.equal(await workspace.documents.repeatLeftIntents(), 0);
  });

  it('refuses to turn one into another', async () => {
    const turn = workspace.documents.replace('runs', runId(1), (run) => ({...run, id: runId(2)}));
    await assert.rejects(turn, /must not turn/);
  });

  it('writes nothing after its lease ended', async () => {
    const lease = await workspace.leases.acquire('test', runId(1));
    await workspace.leases.break(lease.id);
    const replace = workspace.documents.replace('runs', runId(1), (run) => ({...run, rating: 1}), {lease});
    await assert.rejects(replace, {code: 'lease.lost'});
    assert.equal((await workspace.documents.read('runs', runId(1))).rating, null);
  });

  it('says that a document is gone', async () => {
    await assert.rejects(
      workspace.documents.replace('runs', runId(8), (run) => run),
      {code: 'document.missing'},
    );
  });
});

describe('Documents.read', () => {
  it('refuses what is no document', async () => {
    const {documents} = await newWorkspace();
    const path = documents.pathOf('runs', runId(1));
    for (const content of ['', '{', '{"schema": "cosmos/run/v1"}']) {
      await writeFile(path, content);
      await assert.rejects(documents.read('runs', runId(1)), {
        code: 'document.invalid',
        message: new RegExp(runId(1)),
      });
    }
    await rm(path);
    await mkdir(path);
    await assert.rejects(documents.read('runs', runId(1)), {code: 'document.invalid'});
  });

  it('refuses a copy under another id', async () => {
    const {documents} = await newWorkspace();
    await documents.create('runs', makeRun(runId(1)));
    await copyFile(documents.pathOf('runs', runId(1)), documents.pathOf('runs', runId(2)));
    await assert.rejects(documents.read('runs', runId(2)), {code: 'document.invalid'});
  });
});

describe('Documents after a crash', () => {
  /** Kills a process at a pause point while it acts on the run, then opens the workspace again. */
  async function crash(
    action: string,
    pauseAt: string,
    prepare?: (workspace: Workspace) => Promise<unknown>,
  ): Promise<Workspace> {
    const root = await newWorkspaceFolder();
    const first = await newWorkspace(root);
    await prepare?.(first);
    await closeWorkspace(first);
    const victim = startProgram(action, root, action === 'undo' ? [] : [runId(1)], pauseAt);
    await victim.paused();
    await victim.kill();
    return newWorkspace(root);
  }

  /** The index says exactly what the files say. */
  async function assertIndexed(workspace: Workspace): Promise<string[]> {
    const ids = await workspace.documents.listIds('runs');
    assert.deepEqual(workspace.index.listIds('runs'), ids);
    for (const id of ids)
      assert.ok(workspace.index.isCurrent('runs', id, await workspace.documents.readBytes('runs', id)));
    assert.equal(await workspace.documents.repeatLeftIntents(), 0);
    return ids;
  }

  const create = (workspace: Workspace) => workspace.documents.create('runs', makeRun(runId(1)));

  for (const [pauseAt, ids] of [
    ['document.announced', []],
    ['document.renamed', [runId(1)]],
    ['document.written', [runId(1)]],
  ] as const) {
    it(`create killed at ${pauseAt} is whole`, async () => {
      assert.deepEqual(await assertIndexed(await crash('createRun', pauseAt)), ids);
    });
  }

  for (const [pauseAt, tags] of [
    ['document.announced', []],
    ['document.renamed', ['1']],
    ['document.written', ['1']],
  ] as const) {
    it(`replace killed at ${pauseAt} is whole`, async () => {
      const workspace = await crash('tagRun', pauseAt, create);
      await assertIndexed(workspace);
      assert.deepEqual((await workspace.documents.read('runs', runId(1))).tags, tags);
    });
  }

  it('delete killed while moving is whole', async () => {
    assert.deepEqual(await assertIndexed(await crash('deleteRun', 'document.trashed', create)), []);
  });

  it('undo killed while moving is whole', async () => {
    const {deleteDocument} = await import('../../src/workspace/garbage.ts');
    const workspace = await crash('undo', 'document.restored', async (first) => {
      await create(first);
      await deleteDocument(first, 'runs', runId(1));
    });
    assert.deepEqual(await assertIndexed(workspace), [runId(1)]);
  });

  it('opens although the file was torn', async () => {
    const root = await newWorkspaceFolder();
    const victim = startProgram('createRun', root, [runId(1)], 'document.renamed');
    await victim.paused();
    await victim.kill();
    await writeFile(join(root, 'manifests', 'runs', `${runId(1)}.json`), '');
    const workspace = await newWorkspace(root);
    assert.deepEqual(workspace.index.listIds('runs'), []);
    await assert.rejects(workspace.documents.read('runs', runId(1)), {code: 'document.invalid'});
  });
});
