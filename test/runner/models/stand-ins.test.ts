import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {readFile, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {makeScene, writeClip} from '../../media/clips.ts';
import {ModelBench, type StartRequest} from '../../support/model-bench.ts';
import {temporaryFolder} from '../../support/temporary.ts';

const PROGRAMS = fileURLToPath(new URL('../../programs/', import.meta.url));

for (const family of ['transfer2.5', 'cosmos3'] as const) {
  describe(`${family} on this machine with its stand-in`, function () {
    this.timeout(60_000);
    let bench: ModelBench;

    beforeEach(async () => {
      bench = await ModelBench.make(family);
    });

    afterEach(() => bench.close());

    it('is understood to the last word', async () => {
      const run = await bench.run({model: family, seed: 7, flags: {steps: 4}});
      assert.equal(run.status, 'completed', JSON.stringify(run.failure));
      const received = await bench.received(run);
      const [sample] = received.samples;
      assert.ok(sample?.inputs);
      assert.deepEqual(
        sample.raw,
        await bench.specOf(run),
        'the spec that is recorded is the one that was read',
      );
      assert.equal(received.cwd, bench.checkout);
      assert.deepEqual([sample.raw['seed'], sample.raw['num_steps']], [7, 4]);
      for (const {path, sha256} of sample.inputs) {
        const name = path.slice(path.lastIndexOf('/') + 1);
        const input = run.inputs.find((candidate) => candidate.name === name);
        assert.equal(input?.digest, `sha256:${sha256}`, name);
      }
      assert.deepEqual(
        sample.inputs.map(({key}) => key.split('.')[0]).toSorted(),
        [family === 'cosmos3' ? 'vision_path' : 'video_path', 'depth', 'seg'].toSorted(),
      );
      assert.equal(run.primaryOutput, family === 'cosmos3' ? 'output/vision.mp4' : 'output.mp4');
      assert.ok(run.outputs.some(({role, media}) => role === 'output' && media?.frames === 48));
    });

    it('starts several GPUs through torchrun', async () => {
      const run = await bench.run({model: family, flags: {gpus: 2}, weights: {edge: 1}});
      assert.equal(run.status, 'completed', JSON.stringify(run.failure));
      assert.equal((await bench.received(run)).nproc, 2);
    });

    it('makes the same again with one thing changed', async () => {
      const first = await bench.run({
        model: family,
        seed: 3,
        weights: {edge: 0.5, depth: 0.4},
        flags: {steps: 5, 'canny-threshold': 'low'},
      });
      const again = await bench.run({
        source: undefined,
        from: {run: first.id, as: 'again'},
        prompt: null,
        seed: 9,
      });
      assert.equal(again.status, 'completed', JSON.stringify(again.failure));
      assert.deepEqual(again.parents, [{run: first.id, relation: 'rerun-of'}]);
      assert.deepEqual({...again.parameters, seed: 3}, first.parameters);
      assert.equal(again.prompt?.text, 'rain');
      assert.deepEqual(
        again.inputs.filter(({role}) => role !== 'spec'),
        first.inputs.filter(({role}) => role !== 'spec'),
      );
      const change = (text: string): string =>
        text.replaceAll(first.id, again.id).replace('"seed":3', '"seed":9');
      const before = change(JSON.stringify(await bench.specOf(first)));
      assert.equal(JSON.stringify(await bench.specOf(again)), before);
    });

    it('runs each repetition with the next seed', async () => {
      const prepared = await bench.prepare({model: family, seed: 5, repeat: 3});
      assert.deepEqual(
        prepared.map(({planned}) => [planned.normal.parameters['seed'], planned.spec['seed']]),
        [
          [5, 5],
          [6, 6],
          [7, 7],
        ],
      );
    });

    it("sends the preview's edges and blur when it is told to", async () => {
      const source = await temporaryFolder('scene');
      await writeClip(join(source, 'color.mp4'));
      const prepare = async (flags: StartRequest['flags']): Promise<[string, string[]]> => {
        const request = {source, model: family, weights: {edge: 1}, controls: 'preview' as const, flags};
        const [prepared] = await bench.prepare(request);
        assert.ok(prepared);
        const {inputs} = prepared.planned.normal;
        const edge = inputs.find(({role}) => role === 'edge');
        assert.ok(edge && 'path' in edge.content);
        assert.ok(JSON.stringify(prepared.planned.spec['edge']).includes('inputs/edge.mp4'));
        const bytes = await readFile(edge.content.path);
        return [createHash('sha256').update(bytes).digest('hex'), inputs.map(({role}) => role)];
      };
      const [first, roles] = await prepare({});
      assert.deepEqual(roles, ['color', 'edge']);
      assert.equal((await prepare({}))[0], first, 'the same every time');
      assert.notEqual((await prepare({'canny-threshold': 'very_low'}))[0], first);
      await assert.rejects(prepare({'canny-threshold': 'sharp'}), {code: 'usage.invalid'});
    });

    it('says before the start that the code is not there', async () => {
      await writeFile(join(bench.workspace.root, 'cosmos.toml'), '[local]\ncheckout = "/nowhere"\n');
      await bench.workspace.settings({isFresh: true});
      await assert.rejects(bench.run({model: family}), {
        code: 'target.failed',
        message: /\/nowhere\/.*is not there/,
      });
      assert.deepEqual(await readdir(join(bench.workspace.root, 'manifests', 'runs')), []);
    });

    const failures: [string, string][] = [
      ['guardrail', 'guardrail.prompt'],
      ['guardrail-video', 'guardrail.video'],
      ['oom', 'gpu.oom'],
      ['auth', 'hf.auth'],
      ['checkpoint', 'checkpoint.missing'],
      ['frames', 'input.frames'],
      ['nothing', 'preprocess.nothing'],
      ['timeout', 'dist.timeout'],
      ['environment', 'env.broken'],
      ['space', 'target.no-space'],
      ['gpu', 'gpu.fault'],
      ['killed', 'host.oom'],
      ['no-output', 'outputs.wrong'],
      ['crash', 'job.exit'],
      ['port', 'dist.port'],
      ['watchdog', 'dist.timeout'],
      ['driver', 'env.broken'],
      ['ecc', 'gpu.fault'],
      ['spec', 'spec.invalid'],
      ...(family === 'transfer2.5'
        ? ([
            ['guardrail-silent', 'guardrail.prompt'],
            ['guardrail-negative', 'guardrail.prompt'],
            ['truncated', 'outputs.wrong'],
          ] as [string, string][])
        : []),
    ];
    it('names each failure by its class', async () => {
      const [prepared] = await bench.prepare({model: family, weights: {edge: 1}});
      assert.ok(prepared);
      for (const [mode, name] of failures) {
        const failure = await bench.fail(prepared, mode);
        assert.equal(failure?.class, name, `${mode}: ${JSON.stringify(failure)}`);
        assert.ok(failure.evidence.length > 0 || mode === 'killed', mode);
      }
    });

    it('brings the log of a failed run home', async () => {
      const run = await bench.run({model: family, weights: {edge: 1}}, 'no-output');
      assert.equal(run.status, 'failed');
      assert.equal(run.failure?.class, 'outputs.wrong');
      assert.equal(run.execution.exitCode, 0, 'the exit code is not the result');
      assert.ok(run.log);
      assert.equal(run.primaryOutput, null);
    });
  });
}

describe('the stand-ins', () => {
  it('share no code with what they test', async () => {
    const names = await readdir(PROGRAMS, {recursive: true});
    const programs = names.filter((name) => /\.mjs$|torchrun$/.test(name));
    assert.ok(programs.length > 20, programs.join(', '));
    for (const program of programs) {
      const text = await readFile(join(PROGRAMS, program), 'utf8');
      assert.doesNotMatch(text, /\/src\//, program);
    }
  });
});

describe('a guardrail of cosmos3 without its models', function () {
  this.timeout(60_000);

  it('is remarked on, and is no failure', async () => {
    const source = await makeScene();
    const request = {model: 'cosmos3', source, weights: {edge: 1}, flags: {steps: 4}};
    const bench = await ModelBench.make('cosmos3');
    try {
      const run = await bench.run(request, 'fail-open');
      assert.equal(run.status, 'completed', JSON.stringify(run.failure));
      assert.equal(run.remarks?.length, 1);
      assert.match(run.remarks[0] ?? '', /guardrail looked at nothing/);
      const again = await bench.run({...request, prompt: 'No safety models found'}, '');
      assert.equal(again.remarks, undefined, 'the log echoes prompts');
    } finally {
      await bench.close();
    }
  });
});
