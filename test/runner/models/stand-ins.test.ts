import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmod, copyFile, mkdir, readFile, readdir, stat, symlink, writeFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {RunDocument} from '../../../src/manifest/types.gen.ts';
import type {CollectedFile, Failure, JobPlan} from '../../../src/runner/model.ts';
import {makeExit} from '../run-document.ts';
import {CITY, writeClip} from '../../media/clips.ts';
import {PLAIN} from '../../support/request.ts';
import {temporaryFolder} from '../../support/temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {initWorkspace} = await import('../../../src/workspace/init.ts');
const {openWorkspace} = await import('../../../src/workspace/workspace.ts');
const {findModel, makeRunner} = await import('../../../src/workspace/runner.ts');
const {prepareRuns, startRun} = await import('../../../src/workspace/start-run.ts');
const {Targets} = await import('../../../src/workspace/targets.ts');
const {fillTemplate} = await import('../../../src/runner/template.ts');
const {drive} = await import('../../../src/runner/drive.ts');
const {readAll} = await import('../../../src/cas/verified-read.ts');

type StartRequest = Parameters<typeof prepareRuns>[2];
type Workspace = Awaited<ReturnType<typeof openWorkspace>>;

const PROGRAMS = fileURLToPath(new URL('../../programs/', import.meta.url));
const REQUEST: StartRequest = {
  model: undefined,
  ...PLAIN,
  source: CITY,
  folder: '/',
  from: undefined,
  repeat: 1,
  controls: 'model',
  prompt: 'rain',
  name: null,
  after: [],
  retries: undefined,
  target: undefined,
};

interface Received {
  argv: string[];
  cwd: string;
  nproc: number;
  options: Record<string, unknown>;
  samples: {raw: Record<string, unknown>; inputs: {key: string; path: string; sha256: string}[] | null}[];
}

const FAMILIES = {
  'transfer2.5': {
    program: 'transfer2.5/inference.mjs',
    script: 'examples/inference.py',
    names: ['python', 'torchrun'],
  },
  cosmos3: {
    program: 'cosmos3/inference.mjs',
    script: 'cosmos_framework/scripts/inference.py',
    names: ['torchrun'],
  },
};
type Family = keyof typeof FAMILIES;

/** This machine as a GPU box with a stand-in of the family, and a workspace that runs on it. */
class Bench {
  readonly workspace: Workspace;
  readonly checkout: string;

  private constructor(workspace: Workspace, checkout: string) {
    this.workspace = workspace;
    this.checkout = checkout;
  }

  static async make(family: Family): Promise<Bench> {
    const {program, script, names} = FAMILIES[family];
    const folder = await temporaryFolder('bench');
    const [bin, checkout] = [join(folder, 'bin'), join(folder, 'checkout')];
    await mkdir(bin);
    await mkdir(join(checkout, script, '..'), {recursive: true});
    await writeFile(join(checkout, script), '# the model');
    await chmod(join(PROGRAMS, program), 0o755);
    for (const name of names) await symlink(join(PROGRAMS, program), join(bin, name));
    process.env['PATH'] = [bin, BARE_PATH].join(delimiter);
    const root = await initWorkspace(join(folder, 'films'));
    await writeFile(join(root, 'cosmos.toml'), `[local]\ncheckout = ${JSON.stringify(checkout)}\n`);
    return new Bench(await openWorkspace(root, {actor: 'test'}), checkout);
  }

  async run(request: Partial<StartRequest>, failure?: string): Promise<RunDocument> {
    if (failure !== undefined) await writeFile(join(this.checkout, 'STANDIN_FAIL'), failure);
    const {workspace} = this;
    const targets = new Targets(workspace, {env: {}, home: workspace.root});
    const [prepared] = await prepareRuns(workspace, targets, {...REQUEST, ...request});
    assert.ok(prepared);
    const runner = makeRunner(workspace, {
      targets,
      actor: 'test',
      onTrouble: (message) => assert.fail(message),
    });
    const {run, lease} = await startRun(runner, prepared);
    return drive(runner, run.id, {lease});
  }

  /** The program alone, without a supervisor around it: how the model would judge its end. */
  async fail(family: Family, mode: string): Promise<Failure | null> {
    const targets = new Targets(this.workspace, {env: {}, home: '/'});
    const [prepared] = await prepareRuns(this.workspace, targets, {
      ...REQUEST,
      model: family,
      weights: {edge: 1},
    });
    assert.ok(prepared);
    const {normal, plan} = prepared.planned;
    const folder = await temporaryFolder('job');
    const [inputs, outputs] = [join(folder, 'inputs'), join(folder, 'outputs')];
    await mkdir(inputs);
    for (const {name, content} of normal.inputs)
      if ('path' in content) await copyFile(content.path, join(inputs, name));
    const spec = join(inputs, 'spec.json');
    await writeFile(spec, JSON.stringify(normal.makeSpec(inputs)));
    const fill = (text: string): string => fillTemplate(text, {spec, outputs, checkout: this.checkout});
    const [program = '', ...words] = plan.argv.map(fill);
    const env = {
      PATH: process.env['PATH'],
      STANDIN_FAIL: mode,
      COSMOS_VERBOSE: '1',
      PYTHONPATH: this.checkout,
    };
    const {rc, signal, log} = await execute(program, words, {cwd: this.checkout, env});
    const model = findModel(family, (await this.workspace.settings()).settings, this.workspace.root);
    const problems = await model.checkOutputs(await filesIn(outputs, plan), plan);
    const exit = makeExit(signal === null ? {rc} : {reason: 'signal', rc: null, signal});
    return model.classify({exit, logTail: log.slice(-200), problems});
  }

  async read(run: RunDocument, name: string): Promise<string> {
    const output = run.outputs.find((candidate) => candidate.name === name);
    assert.ok(output, `${name} is among ${run.outputs.map((each) => each.name).join(', ')}`);
    return (await readAll(this.workspace.store.fetch(output))).toString('utf8');
  }

  async received(run: RunDocument): Promise<Received> {
    return JSON.parse(await this.read(run, 'received.json')) as Received;
  }

  async specOf(run: RunDocument): Promise<Record<string, unknown>> {
    assert.ok(run.spec);
    return JSON.parse((await readAll(this.workspace.store.fetch(run.spec))).toString('utf8')) as Record<
      string,
      unknown
    >;
  }
}

async function execute(
  program: string,
  words: string[],
  options: {cwd: string; env: NodeJS.ProcessEnv},
): Promise<{rc: number | null; signal: string | null; log: string[]}> {
  return new Promise((resolve) => {
    execFile(program, words, {...options, timeout: 15_000}, (error, stdout, stderr) => {
      const rc = error ? (typeof error.code === 'number' ? error.code : null) : 0;
      const log = `${stdout}\n${stderr}`.split(/\r?\n|\r/).filter((line) => line !== '');
      resolve({rc, signal: error?.signal ?? null, log});
    });
  });
}

async function filesIn(folder: string, plan: JobPlan): Promise<CollectedFile[]> {
  const names = await readdir(folder, {recursive: true}).catch((): string[] => []);
  const planned = plan.outputs.filter(({name}) => names.includes(name));
  return Promise.all(
    planned.map(async ({name, mediaType}) => {
      const path = join(folder, name);
      return {name, path, mediaType, size: (await stat(path)).size};
    }),
  );
}

const BARE_PATH = process.env['PATH'] ?? '';

for (const family of Object.keys(FAMILIES) as Family[]) {
  describe(`${family} on this machine with its stand-in`, function () {
    this.timeout(60_000);
    let bench: Bench;

    beforeEach(async () => {
      bench = await Bench.make(family);
    });

    afterEach(async () => {
      process.env['PATH'] = BARE_PATH;
      await bench.workspace.close();
    });

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
      const targets = new Targets(bench.workspace, {env: {}, home: '/'});
      const prepared = await prepareRuns(bench.workspace, targets, {
        ...REQUEST,
        model: family,
        seed: 5,
        repeat: 3,
      });
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
      const targets = new Targets(bench.workspace, {env: {}, home: '/'});
      const source = await temporaryFolder('scene');
      await writeClip(join(source, 'color.mp4'));
      const prepare = async (flags: StartRequest['flags']): Promise<[string, string[]]> => {
        const request = {
          ...REQUEST,
          source,
          model: family,
          weights: {edge: 1},
          controls: 'preview' as const,
          flags,
        };
        const [prepared] = await prepareRuns(bench.workspace, targets, request);
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
      for (const [mode, name] of failures) {
        const failure = await bench.fail(family, mode);
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
    for (const {program} of Object.values(FAMILIES)) {
      const text = await readFile(join(PROGRAMS, program), 'utf8');
      assert.doesNotMatch(text, /\/src\//);
    }
  });
});
