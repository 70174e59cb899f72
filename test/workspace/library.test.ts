import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {isTerminal} from '../../src/runner/transitions.ts';
import {noteRuns, rateRuns, tagRuns} from '../../src/workspace/annotate.ts';
import {diffRuns, diffValues, isSameRequest} from '../../src/workspace/diff-runs.ts';
import {findRuns, type RunFilter} from '../../src/workspace/find-runs.ts';
import {lineageOf} from '../../src/workspace/lineage.ts';
import {whichRuns} from '../../src/workspace/which.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {descriptorOf, makeRun, runId} from '../support/documents.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {closeWorkspaces, newWorkspace, putRef} from '../support/workspace.ts';

after(closeWorkspaces);

const NOW = Date.parse('2026-11-26T12:00:00.000Z');
const PROMPT = {id: `ps_${'a'.repeat(32)}`, text: 'Snow in the Early Morning', negative: 'fog'};

/** Five runs that differ in everything that can be asked for. */
const RUNS: Partial<RunDocument>[] = [
  {
    prompt: PROMPT,
    scene: {name: 'City'},
    rating: 5,
    tags: ['Keeper', 'shot 12'],
    createdAt: '2026-11-25T12:00:00.000Z',
    parameters: {weights: {edge: 0.8}, num_steps: 20, seed: 1},
  },
  {
    status: 'failed',
    failure: {
      class: 'gpu.oom',
      message: 'The GPU had too little memory.',
      evidence: [],
      isRetryable: false,
      advice: '',
    },
    scene: {name: 'alley'},
    createdAt: '2026-11-20T12:00:00.000Z',
    parameters: {weights: {edge: 0.2}, num_steps: 35, seed: 1, 'seg.input_control_prompt': 'car'},
  },
  {name: 'night-test', notes: 'The left WALL is right', rating: 3, createdAt: '2026-11-10T12:00:00.000Z'},
  {
    kind: 'transfer',
    model: {family: 'transfer1', adapterVersion: 1},
    createdAt: '2026-11-01T12:00:00.000Z',
    batch: {id: 'batch_1', index: 0, size: 1},
    outputs: [{...descriptorOf(0xabcdef12), name: 'output.mp4', role: 'output'}],
  },
  {execution: {target: 'lambda', launcher: 'docker', command: []}, createdAt: '2026-10-01T12:00:00.000Z'},
];

describe('findRuns', () => {
  let workspace: Workspace;

  before(async () => {
    workspace = await newWorkspace(undefined, {now: () => NOW});
    for (const [index, run] of RUNS.entries())
      await workspace.documents.create('runs', makeRun(runId(index + 1), run));
  });

  const found = (filter: RunFilter): number[] =>
    findRuns(workspace, filter).map(({id}) => Number.parseInt(id.slice(3), 16));

  for (const [filter, expected] of [
    [{}, [1, 2, 3, 4, 5]],
    [{scene: 'city'}, [1]],
    [{model: 'transfer1'}, [4]],
    [{kind: 'transfer'}, [4]],
    [{status: 'failed'}, [2]],
    [{target: 'lambda'}, [5]],
    [{since: '2026-11-10'}, [1, 2, 3]],
    [{since: '7d'}, [1, 2]],
    [{until: '2026-11-10'}, [4, 5]],
    [{since: '30d', until: '10d'}, [3, 4]],
    [{rating: '3+'}, [1, 3]],
    [{rating: '3'}, [3]],
    [{rating: 'none'}, [2, 4, 5]],
    [{tags: ['keeper']}, [1]],
    [{tags: ['keeper', 'SHOT 12']}, [1]],
    [{tags: ['keep']}, []],
    [{parameters: ['num_steps=20']}, [1]],
    [{parameters: ['weights.edge>0.5']}, [1, 3, 4, 5]],
    [{parameters: ['weights.edge<0.5', 'seed=1']}, [2]],
    [{parameters: ['seg.input_control_prompt=car']}, [2]],
    [{prompt: PROMPT.id}, [1]],
    [{batch: 'batch_1'}, [4]],
    [{words: ['snow', 'MORNING']}, [1]],
    [{words: ['snow', 'night']}, []],
    [{words: ['fog']}, [1]],
    [{words: ['wall']}, [3]],
    [{words: ['oom']}, [2]],
    [{words: ['keeper']}, [1]],
    [{words: ['keeper'], parameters: ['num_steps=35']}, []],
    [{words: ['keeper'], parameters: ['num_steps=20']}, [1]],
    [{words: ['abcdef12']}, []],
    [{words: [descriptorOf(0xabcdef12).digest]}, [4]],
    [{words: [descriptorOf(0xabcdef12).digest.slice(7, 70)]}, [4]],
    [{words: [runId(3)]}, [3]],
    [{scene: 'city', status: 'failed'}, []],
  ] as [RunFilter, number[]][]) {
    it(`finds by ${JSON.stringify(filter)}`, () => {
      if (filter.prompt === PROMPT.id) {
        assert.throws(() => found(filter), {code: 'id.unknown'});
        return;
      }
      assert.deepEqual(found(filter), expected);
    });
  }

  for (const filter of [
    {since: 'yesterday'},
    {rating: '6'},
    {parameters: ['steps']},
    {until: '2026-99-99'},
  ] as RunFilter[])
    it(`refuses ${JSON.stringify(filter)}`, () => {
      assert.throws(() => found(filter), {code: 'usage.invalid'});
    });
});

describe('annotations of a run', () => {
  let workspace: Workspace;

  beforeEach(async () => {
    workspace = await newWorkspace();
    await workspace.documents.create('runs', makeRun(runId(1), {status: 'running'}));
    await workspace.documents.create('runs', makeRun(runId(2)));
  });

  it('are found again, in any state of the run', async () => {
    await rateRuns(workspace, [runId(1), 'rs_'.concat('0'.repeat(31), '2')], 4);
    await tagRuns(workspace, [runId(1)], {add: ['a', 'b', 'a'], remove: []});
    await tagRuns(workspace, [runId(1)], {add: [], remove: ['a']});
    await noteRuns(workspace, [runId(2)], 'the light');
    const [first, second] = await Promise.all(
      [1, 2].map((id) => workspace.documents.read('runs', runId(id))),
    );
    assert.deepEqual([first?.rating, first?.tags, second?.rating, second?.notes], [4, ['b'], 4, 'the light']);
    assert.equal(findRuns(workspace, {rating: '4'}).length, 2);
    await rateRuns(workspace, [runId(1)], null);
    await noteRuns(workspace, [runId(2)], null);
    assert.equal(findRuns(workspace, {rating: '4'}).length, 1);
    assert.equal((await workspace.documents.read('runs', runId(2))).notes, null);
  });

  it('lose no transition, and are lost by none', async () => {
    const advance = (seq: number): Promise<unknown> =>
      workspace.documents.replace('runs', runId(1), (run) => ({
        ...run,
        events: [
          ...run.events,
          {seq, at: run.createdAt, from: 'running', to: 'running', by: 'x', reason: ''},
        ],
      }));
    const work = Array.from({length: 20}, (_, index) => [
      advance(index + 1),
      tagRuns(workspace, [runId(1)], {add: [`t${index}`], remove: []}),
    ]);
    await Promise.all(work.flat());
    const run = await workspace.documents.read('runs', runId(1));
    assert.equal(run.tags.length, 20);
    assert.deepEqual(
      run.events.map(({seq}) => seq).toSorted((a, b) => a - b),
      Array.from({length: 20}, (_, i) => i + 1),
    );
    assert.ok(!isTerminal(run.status));
  });

  it('write nothing where nothing changes', async () => {
    const before = await workspace.documents.readBytes('runs', runId(1));
    await tagRuns(workspace, [runId(1)], {add: [], remove: ['gone']});
    assert.deepEqual(await workspace.documents.readBytes('runs', runId(1)), before);
  });

  for (const tag of ['', ' a', 'a,b', 'a\nb', 'x'.repeat(101)])
    it(`refuse the tag ${JSON.stringify(tag.slice(0, 10))}`, async () => {
      await assert.rejects(async () => tagRuns(workspace, [runId(1)], {add: [tag], remove: []}), {
        code: 'usage.invalid',
      });
    });

  it('change no run when one of them is not there', async () => {
    await assert.rejects(async () => rateRuns(workspace, [runId(1), 'rs_ffff'], 2), {code: 'id.unknown'});
    assert.equal((await workspace.documents.read('runs', runId(1))).rating, null);
  });
});

describe('lineageOf', () => {
  it('follows parents, children and bytes both ways', async () => {
    const workspace = await newWorkspace();
    const output = {...descriptorOf(1), name: 'output.mp4', role: 'output'};
    await workspace.documents.create('runs', makeRun(runId(1), {outputs: [output]}));
    await workspace.documents.create(
      'runs',
      makeRun(runId(2), {
        parents: [{run: runId(1), relation: 'upscale-of'}],
        inputs: [{...descriptorOf(1), name: 'color.mp4', role: 'color'}],
      }),
    );
    await workspace.documents.create('runs', makeRun(runId(3), {inputs: [{...output, role: 'color'}]}));
    const first = await lineageOf(workspace, await workspace.documents.read('runs', runId(1)));
    assert.deepEqual(first.children, [{run: runId(2), relation: 'upscale-of'}]);
    assert.deepEqual(
      first.users.map(({run}) => run),
      [runId(2), runId(3)],
    );
    const second = await lineageOf(workspace, await workspace.documents.read('runs', runId(2)));
    assert.deepEqual(second.parents, [{run: runId(1), relation: 'upscale-of'}]);
    assert.deepEqual(second.sources, [{run: runId(1), name: 'color.mp4'}]);
    assert.deepEqual(second.users, []);
  });
});

describe('whichRuns', () => {
  it('finds a file by its content under any name', async () => {
    const workspace = await newWorkspace();
    const blob = await putRef(workspace, 'plates', 'the bytes');
    await workspace.documents.create(
      'runs',
      makeRun(runId(1), {
        outputs: [{...blob, mediaType: 'video/mp4', name: 'output.txt', role: 'output'}],
        inputs: [{...blob, name: 'in.txt', role: 'color'}],
      }),
    );
    const folder = await temporaryFolder('files');
    await writeFile(join(folder, 'renamed.bin'), 'the bytes');
    await writeFile(join(folder, 'other.bin'), 'other bytes');
    const {mentions, digest, sizeBytes} = await whichRuns(workspace, 'renamed.bin', folder);
    assert.deepEqual([digest, sizeBytes], [blob.digest, 9]);
    assert.deepEqual(mentions, [
      {kind: 'refs', id: 'plates', how: 'names', name: 'file-0'},
      {kind: 'runs', id: runId(1), how: 'made', name: 'output.txt'},
      {kind: 'runs', id: runId(1), how: 'used', name: 'in.txt'},
    ]);
    assert.deepEqual((await whichRuns(workspace, 'other.bin', folder)).mentions, []);
    await assert.rejects(whichRuns(workspace, 'gone.bin', folder), {code: 'file.unreadable'});
  });
});

describe('diffRuns', () => {
  it('names what was asked for differently and what came of it', async () => {
    const workspace = await newWorkspace();
    const file = (number: number, name: string) => ({...descriptorOf(number), name, role: 'output'});
    const inputs = [{...descriptorOf(9), name: 'color.mp4', role: 'color'}];
    await workspace.documents.create(
      'runs',
      makeRun(runId(1), {inputs, outputs: [file(1, 'a'), file(2, 'b')], prompt: PROMPT}),
    );
    await workspace.documents.create(
      'runs',
      makeRun(runId(2), {
        inputs,
        outputs: [file(1, 'a'), file(3, 'b'), file(4, 'c')],
        parameters: {weights: {edge: 1, vis: 0.5}, seed: 8},
        prompt: {...PROMPT, text: 'rain'},
      }),
    );
    const difference = await diffRuns(workspace, runId(1), runId(2));
    assert.deepEqual(difference.parameters, [
      {path: 'seed', a: 7, b: 8},
      {path: 'weights.vis', a: undefined, b: 0.5},
    ]);
    assert.deepEqual(difference.facts, [{path: 'prompt.text', a: PROMPT.text, b: 'rain'}]);
    assert.deepEqual(
      difference.outputs.map(({name, state}) => [name, state]),
      [
        ['a', 'same'],
        ['b', 'different'],
        ['c', 'only in b'],
      ],
    );
    assert.ok(!isSameRequest(difference));
    assert.ok(isSameRequest(await diffRuns(workspace, runId(1), runId(1))));
  });

  it('compares lists and nothing as values', () => {
    assert.deepEqual(diffValues({a: [1], b: null}, {a: [1, 2]}), [{path: 'a', a: [1], b: [1, 2]}]);
  });
});
