import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {CITY, writeClip} from '../media/clips.ts';
import {temporaryFolder} from '../support/temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {initWorkspace} = await import('../../src/workspace/init.ts');
const {openWorkspace} = await import('../../src/workspace/workspace.ts');
const {readBatchFile} = await import('../../src/workspace/batch-file.ts');
const {requestOfItem} = await import('../../src/workspace/batch-request.ts');
const {prepareBatch} = await import('../../src/workspace/prepare-batch.ts');
const {itemsOf, parseAxis} = await import('../../src/workspace/sweep.ts');
const {PLAIN_REQUEST, planRequest} = await import('../../src/workspace/start-run.ts');
const {startRuns} = await import('../../src/workspace/start-runs.ts');
const {makeRunner} = await import('../../src/workspace/runner.ts');
const {Targets} = await import('../../src/workspace/targets.ts');

type Workspace = Awaited<ReturnType<typeof openWorkspace>>;
type StartRequest = Parameters<typeof requestOfItem>[0];
type SourceCache = NonNullable<Parameters<typeof planRequest>[3]>;

const COMMON: StartRequest = {...PLAIN_REQUEST, source: CITY, folder: '/', model: 'preview'};

async function write(name: string, text: string): Promise<string> {
  const path = join(await temporaryFolder('batch'), name);
  await writeFile(path, text);
  return path;
}

describe('readBatchFile', () => {
  const EXPECTED = [
    {prompt: 'snow, early', seed: 3, 'weights.edge': 0.5},
    {prompt: 'rain "hard"', source: 'a b'},
  ];

  for (const [name, text, places] of [
    [
      'runs.jsonl',
      '{"prompt": "snow, early", "seed": 3, "weights.edge": 0.5}\n\n{"prompt": "rain \\"hard\\"", "source": "a b"}\n',
      ['line 1', 'line 3'],
    ],
    [
      'runs.toml',
      '[[run]]\nprompt = "snow, early"\nseed = 3\n"weights.edge" = 0.5\n[[run]]\nprompt = "rain \\"hard\\""\nsource = "a b"\n',
      ['run 1', 'run 2'],
    ],
    [
      'runs.csv',
      '\uFEFFprompt,seed,weights.edge,source\r\n"snow, early",3,0.5,\r\n"rain ""hard""",,,a b\r\n',
      ['line 2', 'line 3'],
    ],
  ] as const) {
    it(`reads ${name}`, async () => {
      const items = await readBatchFile(await write(name, text));
      assert.deepEqual(
        items.map(({fields}) => fields),
        EXPECTED,
      );
      assert.deepEqual(
        items.map(({where}) => where),
        places,
      );
    });
  }

  for (const [name, text, message] of [
    ['torn.jsonl', '{"a": 1}\n{"b"', /torn\.jsonl, line 2: it is not JSON/],
    ['list.jsonl', '[1]', /line 1: it is JSON, but not a JSON object/],
    ['empty.jsonl', '\n\n', /asks for no run/],
    ['torn.toml', 'a = ', /is not TOML/],
    ['none.toml', 'a = 1', /has no \[\[run\]\] table/],
    ['torn.csv', 'a,b\n1,2,3\n', /is not CSV/],
    ['other.txt', 'a', /is no batch file by its ending/],
  ] as const) {
    it(`refuses ${name} with its place`, async () => {
      await assert.rejects(readBatchFile(await write(name, text)), {code: 'input.invalid', message});
    });
  }

  it('says that a file is not there', async () => {
    await assert.rejects(readBatchFile('/nowhere/runs.csv'), {code: 'file.unreadable'});
  });
});

describe('requestOfItem', () => {
  it('lays each field where it belongs', () => {
    const findings: string[] = [];
    const common = {...COMMON, weights: {vis: 0.1}, set: {seed2: 1}, flags: {steps: 3}};
    const fields = {
      prompt: 'snow',
      seed: 4,
      'weights.edge': 0.5,
      steps: 9,
      guidance: 2,
      num_gpus: 2,
      name: 'a',
      negative: null,
    };
    const request = requestOfItem(common, {where: 'line 1', fields}, findings);
    assert.deepEqual(findings, []);
    assert.deepEqual(
      [request.prompt, request.seed, request.weights, request.flags, request.set, request.name],
      ['snow', 4, {vis: 0.1, edge: 0.5}, {steps: 9, guidance: 2}, {seed2: 1, num_gpus: 2}, 'a'],
    );
    assert.deepEqual(common.weights, {vis: 0.1}, 'nothing leaks into the next item');
  });

  it('says what a field must be', () => {
    const findings: string[] = [];
    const fields = {seed: 1.5, weights: 'edge=much', prompt: 7};
    requestOfItem(COMMON, {where: 'line 1', fields}, findings);
    assert.equal(findings.length, 3, findings.join('\n'));
  });

  it('takes maps of weights from beside the file', () => {
    const folder = resolve('/films');
    const map = join(folder, 'maps', 'a,b.pt');
    for (const fields of [
      {weights: {depth: 'maps/a,b.pt', edge: 0.5}},
      {weights: {depth: map}, 'weights.edge': '.5'},
    ]) {
      const findings: string[] = [];
      const {weights} = requestOfItem({...COMMON, folder}, {where: 'line 1', fields}, findings);
      assert.deepEqual([weights, findings], [{depth: map, edge: 0.5}, []]);
    }
    for (const weights of ['depth', 'depth=', 'depth=maps/depth.mp4', {depth: '-1'}, {depth: null}, 7]) {
      const findings: string[] = [];
      requestOfItem(COMMON, {where: 'line 1', fields: {weights}}, findings);
      assert.match(findings.join(), /^"weights" must be numbers of 0 or more, or names of \.pt files/);
    }
  });
});

describe('sweeps', () => {
  it('make every combination, the last axis fastest', () => {
    const items = itemsOf([parseAxis('seed=1..2'), parseAxis('weights.edge=0.2,0.5')], true);
    assert.deepEqual(
      items.map(({fields}) => fields),
      [
        {seed: 1, 'weights.edge': 0.2},
        {seed: 1, 'weights.edge': 0.5},
        {seed: 2, 'weights.edge': 0.2},
        {seed: 2, 'weights.edge': 0.5},
      ],
    );
    assert.equal(items[0]?.where, 'seed=1, weights.edge=0.2');
  });

  it('take lists together', () => {
    const items = itemsOf([parseAxis('prompt=["a, b","c"]'), parseAxis('seed=5,6')], false);
    assert.deepEqual(
      items.map(({fields}) => fields),
      [
        {prompt: 'a, b', seed: 5},
        {prompt: 'c', seed: 6},
      ],
    );
    assert.throws(() => itemsOf([parseAxis('seed=1..3'), parseAxis('fps=1,2')], false), {
      code: 'usage.invalid',
      message: /"fps" has 2 values, "seed" has 3/,
    });
  });

  for (const text of ['seed', '=1', 'seed=', 'seed=5..1', 'seed=1..100000'])
    it(`refuse ${text}`, () => assert.throws(() => parseAxis(text), {code: 'usage.invalid'}));
});

describe('prepareBatch', function () {
  this.timeout(30_000);
  let workspace: Workspace;
  let scene = '';

  before(async () => {
    workspace = await openWorkspace(await initWorkspace(await temporaryFolder('films')), {actor: 'test'});
    scene = await temporaryFolder('scene');
    await writeClip(join(scene, 'color.mp4'));
  });

  after(() => workspace.close());

  function prepare(fields: Record<string, unknown>[]): ReturnType<typeof prepareBatch> {
    const items = fields.map((each, index) => ({where: `line ${index + 1}`, fields: each}));
    const targets = new Targets(workspace, {env: {}, home: '/'});
    return prepareBatch(workspace, targets, {common: {...COMMON, source: scene}, items, what: 'b.jsonl'});
  }

  it('says everything that is wrong with any item', async () => {
    await assert.rejects(
      prepare([{seed: 1}, {seed: 'x'}, {weights: {fog: 1}, canny_threshold: 'none'}, {source: 'gone'}]),
      (error: Error & {code: string; facts: {findings: string[]}}) => {
        assert.equal(error.code, 'input.invalid');
        const {findings} = error.facts;
        assert.equal(findings.length, 4, findings.join('\n'));
        assert.match(findings.join('\n'), /^line 2: "seed" must be a whole number$/m);
        assert.match(findings.join('\n'), /^line 3: there is no control "fog"/m);
        assert.match(findings.join('\n'), /^line 3: .*canny_threshold/m);
        assert.match(findings.join('\n'), /^line 4: There is nothing to run/m);
        return true;
      },
    );
    assert.equal(workspace.index.countRuns(), 0);
  });

  it('keeps parameters, inputs and outputs of each run apart', async () => {
    const prepared = await prepare([
      {prompt: 'a', weights: {edge: 0.4}, seed: 1},
      {prompt: 'b', weights: {vis: 0.2}, canny_threshold: 'low'},
    ]);
    const targets = new Targets(workspace, {env: {}, home: '/'});
    const runner = makeRunner(workspace, {
      targets,
      actor: 'test',
      onTrouble: (message) => assert.fail(message),
    });
    const {runs} = await startRuns(runner, prepared);
    assert.deepEqual(
      runs.map(({parameters, prompt}) => [
        parameters['weights'],
        parameters['canny_threshold'],
        prompt?.text,
      ]),
      [
        [{vis: 0, edge: 0.4, depth: 0, seg: 0}, 'medium', 'a'],
        [{vis: 0.2, edge: 0, depth: 0, seg: 0}, 'low', 'b'],
      ],
    );
    const [first, second] = runs;
    assert.ok(first?.batch && second?.batch);
    assert.equal(first.batch.id, second.batch.id);
    assert.match(first.batch.id, /^batch_[0-9a-f]{16}$/);
    assert.deepEqual(
      runs.map(({batch}) => [batch?.index, batch?.size, batch?.label]),
      [
        [0, 2, 'line 1'],
        [1, 2, 'line 2'],
      ],
    );
    assert.deepEqual(second.after, [first.id], 'this machine works on one at a time');
    assert.notEqual(first.spec?.digest, second.spec?.digest);
  });

  it('computes the same controls once for all items', async () => {
    const targets = new Targets(workspace, {env: {}, home: '/'});
    const cache: SourceCache = new Map();
    const edgeOf = async (change: Partial<StartRequest>): Promise<string> => {
      const common = {...COMMON, prompt: 'rain', source: scene, model: 'transfer2.5'};
      const [planned] = await planRequest(
        workspace,
        targets,
        {...common, controls: 'preview', ...change},
        cache,
      );
      const edge = planned?.planned.normal.inputs.find(({role}) => role === 'edge');
      assert.ok(edge && 'path' in edge.content);
      return edge.content.path;
    };
    const first = await edgeOf({weights: {edge: 0.4}});
    assert.equal(await edgeOf({weights: {edge: 0.7, vis: 0}, prompt: 'snow'}), first);
    assert.notEqual(await edgeOf({weights: {edge: 0.4}, flags: {'canny-threshold': 'low'}}), first);
    assert.notEqual(await edgeOf({weights: {edge: 0.4, vis: 0.1}}), first);
  });

  it('plans 500 runs with less than 2 s of work', async () => {
    const started = process.cpuUsage();
    const prepared = await prepare(Array.from({length: 500}, (_, seed) => ({seed, prompt: `p${seed}`})));
    assert.equal(prepared.length, 500);
    const {user, system} = process.cpuUsage(started);
    assert.ok(user + system < 2_000_000, `${user + system} µs`);
  });
});
