import assert from 'node:assert/strict';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {summarize} from '../../src/manifest/index/derive.ts';
import {deleteDocument, undoTrash} from '../../src/workspace/garbage.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {descriptorOf, makePin, makePrompt, makeRef, makeRun, runId} from '../support/documents.ts';
import {closeWorkspace, closeWorkspaces, newWorkspace} from '../support/workspace.ts';

after(closeWorkspaces);

type Step = {act: 'create' | 'replace' | 'delete' | 'undo' | 'pin'; which: number; blob: number};

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom('create', 'create', 'replace', 'replace', 'delete', 'undo', 'pin'),
  which: fc.integer({min: 1, max: 4}),
  blob: fc.integer({min: 1, max: 5}),
});

/** Of the video with that number. */
function picturesOf(blob: number): NonNullable<RunDocument['thumbnails']> {
  const picture = {...descriptorOf(blob + 10), mediaType: 'image/webp', role: 'thumbnail' as const};
  return {[descriptorOf(blob).digest]: {poster: picture, strip: picture}};
}

/** What cannot be done in the present state is refused and changes nothing, which is part of the history. */
async function take(workspace: Workspace, {act, which, blob}: Step): Promise<void> {
  const {documents} = workspace;
  const id = runId(which);
  const outputs = [{...descriptorOf(blob), name: 'output.mp4', role: 'output'}];
  const acts: Record<Step['act'], () => Promise<unknown>> = {
    create: () =>
      documents.create(
        'runs',
        makeRun(id, {outputs, aliases: [`old-${blob}`], thumbnails: picturesOf(blob)}),
      ),
    replace: () =>
      documents.replace('runs', id, (run) => ({
        ...run,
        outputs,
        thumbnails: picturesOf(blob),
        tags: [`t${blob}`],
        aliases: [`new-${blob}`],
      })),
    delete: () => deleteDocument(workspace, 'runs', id),
    undo: () => undoTrash(workspace),
    pin: () => documents.create('pins', makePin(`pin-${which}`, [descriptorOf(blob)])),
  };
  await acts[act]().catch((error: unknown) => {
    assert.ok(error instanceof Error && 'code' in error, String(error));
  });
}

describe('DocumentIndex', () => {
  it('equals its rebuild after any history', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, {maxLength: 14}), async (steps) => {
        const workspace = await newWorkspace();
        for (const one of steps) await take(workspace, one);
        const kept = workspace.index.dump();
        await closeWorkspace(workspace);
        await rm(join(workspace.root, 'storage', 'catalog'), {recursive: true});
        const again = await newWorkspace(workspace.root);
        assert.ok(again.rebuilt);
        assert.deepEqual(again.index.dump(), kept);
        await closeWorkspace(again);
      }),
      {numRuns: 15},
    );
  });

  it('lists runs with the newest first', async () => {
    const {documents, index} = await newWorkspace();
    for (const [number, day] of [
      [1, '02'],
      [2, '03'],
      [3, '01'],
    ] as const) {
      await documents.create('runs', makeRun(runId(number), {createdAt: `2026-01-${day}T00:00:00.000Z`}));
    }
    assert.deepEqual(
      Array.from(index.listRuns(), ({id}) => id),
      [runId(2), runId(1), runId(3)],
    );
    assert.equal(index.countRuns(), 3);
  });

  it('forgets what a document no longer says', async () => {
    const {documents, index} = await newWorkspace();
    const outputs = [{...descriptorOf(1), name: 'output.mp4', role: 'output'}];
    await documents.create('runs', makeRun(runId(1), {outputs, aliases: ['old']}));
    assert.deepEqual(index.listReferrers(descriptorOf(1).digest), [{kind: 'runs', id: runId(1)}]);
    await documents.replace('runs', runId(1), (run) => ({...run, outputs: [], aliases: []}));
    assert.ok(!index.isReferenced(descriptorOf(1).digest));
    assert.throws(() => index.resolve('runs', 'old'), {code: 'id.unknown'});
  });
});

describe('summarize', () => {
  it('says what listings show of a run', () => {
    const at = '2026-11-23T15:00:00.000Z';
    const run = makeRun(runId(1), {
      status: 'failed',
      prompt: {id: 'ps_0123456789ab', text: 'r'.repeat(500), negative: null},
      scene: {name: 'alley'},
      outputs: [
        {...descriptorOf(3), name: 'a', role: 'output'},
        {...descriptorOf(4), name: 'b', role: 'output'},
      ],
      failure: {class: 'job.exit', message: 'it failed', evidence: [], isRetryable: true, advice: ''},
      cancelRequested: {at, by: 'me'},
      events: [{seq: 1, at, from: null, to: 'failed', by: 'me', reason: ''}],
      rating: 4,
    });
    const {prompt, ...rest} = summarize(run);
    assert.equal(prompt, 'r'.repeat(200));
    assert.deepEqual(rest, {
      id: runId(1),
      name: null,
      kind: 'preview',
      model: 'preview',
      status: 'failed',
      createdAt: run.createdAt,
      endedAt: null,
      since: at,
      scene: 'alley',
      target: 'local',
      outputs: 2,
      outputBytes: 7,
      failure: 'job.exit',
      isCancelRequested: true,
      rating: 4,
    });
  });
});

describe('DocumentIndex.resolve', () => {
  let workspace: Workspace;
  const [first, second] = [`rs_aaaa${'0'.repeat(28)}`, `rs_aabb${'0'.repeat(28)}`];
  before(async () => {
    workspace = await newWorkspace();
    await workspace.documents.create('runs', makeRun(first, {aliases: ['run_2025', 'shared']}));
    await workspace.documents.create('runs', makeRun(second, {aliases: ['shared']}));
    await workspace.documents.create('prompts', makePrompt('ps_0123456789ab', 'rain'));
    await workspace.documents.create('refs', makeRef('Hero-shot'));
  });

  for (const [what, kind, text, id] of [
    ['a whole id', 'runs', first, first],
    ['a unique beginning', 'runs', 'rs_aab', second],
    ['bare hexadecimal', 'runs', 'aaaa', first],
    ['an alias', 'runs', 'run_2025', first],
    ['a bare prompt id', 'prompts', '0123', 'ps_0123456789ab'],
    ['a beginning of a name', 'refs', 'Hero', 'Hero-shot'],
    ['a name in other case', 'refs', 'hero-SHOT', 'Hero-shot'],
  ] as const) {
    it(`finds the one of ${what}`, () => assert.equal(workspace.index.resolve(kind, text), id));
  }

  for (const text of ['rs_aa', 'aa', 'shared', 'rs_']) {
    it(`finds "${text}" ambiguous and names both`, () => {
      assert.throws(() => workspace.index.resolve('runs', text), {
        code: 'id.ambiguous',
        facts: {kind: 'runs', id: text, found: [first, second]},
      });
    });
  }

  for (const text of ['rs_ff', '', 'Hero-shot', 'ps_0123', '\uffff']) {
    it(`knows no run "${text}"`, () => {
      assert.throws(() => workspace.index.resolve('runs', text), {code: 'id.unknown'});
    });
  }
});
