import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmod, copyFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {canonicalBytes} from '../../../../src/manifest/canonical.ts';
import type {CollectedFile, Failure, JobPlan, OutputProblem} from '../../../../src/runner/model.ts';
import {fillTemplate} from '../../../../src/runner/template.ts';
import {CITY, SMALL, writeClip} from '../../../media/clips.ts';
import {requestOf, type PathRequest} from '../../../support/request.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import {makeExit} from '../../run-document.ts';

const {transfer1} = await import('../../../../src/runner/models/transfer1/adapter.ts');

const PROGRAMS = fileURLToPath(new URL('../../../programs/transfer1/', import.meta.url));
const REQUEST = {source: CITY, prompt: 'rain', seed: 4};

interface Received {
  argv: string[];
  cwd: string;
  nproc: number;
  args: Record<string, unknown>;
  spec: Record<string, unknown>;
  inputs: {key: string; path: string; sha256: string}[];
  environment: {HF_HOME: string | null; PYTHONPATH: string; hasToken: boolean};
}

interface Ended {
  plan: JobPlan;
  rc: number | null;
  signal: string | null;
  outputs: string;
  inputFolder: string;
  log: string[];
  failure: Failure | null;
  problems: OutputProblem[];
}

/** A target of folders: what the transport and the launcher would make of a plan. */
class Box {
  readonly root: string;
  readonly checkout: string;
  readonly checkpoints: string;

  private constructor(root: string) {
    this.root = root;
    this.checkout = join(root, 'checkout');
    this.checkpoints = join(root, 'checkpoints');
  }

  static async make(program: string): Promise<Box> {
    const box = new Box(await temporaryFolder('transfer1'));
    const code = join(box.checkout, 'cosmos_transfer1/diffusion/inference');
    for (const folder of [join(box.root, 'bin'), join(box.root, 'inputs'), code])
      await mkdir(folder, {recursive: true});
    await writeFile(join(code, 'transfer.py'), '');
    for (const family of ['Cosmos-Transfer1-7B', 'Cosmos-Transfer1-7B-Sample-AV']) {
      await mkdir(join(box.checkpoints, 'nvidia', family), {recursive: true});
      await writeFile(join(box.checkpoints, 'nvidia', family, 'base_model.pt'), 'weights');
    }
    await symlink(join(PROGRAMS, program), join(box.root, 'bin', 'torchrun'));
    return box;
  }

  async run(
    request: Partial<PathRequest>,
    env: Record<string, string> = {},
    change: (inputFolder: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<Ended> {
    const normal = await transfer1.normalise(await requestOf({...REQUEST, ...request}));
    const plan = transfer1.plan(normal);
    const inputFolder = join(this.root, 'inputs');
    for (const {name, content} of normal.inputs)
      if ('path' in content) await copyFile(content.path, join(inputFolder, name));
    const spec = join(inputFolder, 'spec.json');
    await writeFile(spec, canonicalBytes(normal.makeSpec(inputFolder)));
    await change(inputFolder);
    const outputs = join(this.root, 'outputs');
    const places = {spec, outputs, checkout: this.checkout, checkpoints: this.checkpoints};
    const fill = (template: string): string => fillTemplate(template, places);
    const [program = '', ...args] = plan.argv.map(fill);
    const {PYTHONPATH = ''} = plan.variables ?? {};
    const ended = await execute(program, args, {
      cwd: fill(plan.workdir ?? ''),
      env: {
        PATH: [join(this.root, 'bin'), process.env['PATH']].join(delimiter),
        PYTHONPATH: fill(PYTHONPATH),
        ...env,
      },
    });
    const problems = await transfer1.checkOutputs(await filesIn(outputs, plan), plan);
    const exit = makeExit(
      ended.signal === null ? {rc: ended.rc} : {reason: 'signal', rc: null, signal: ended.signal},
    );
    const failure = transfer1.classify({exit, logTail: ended.log.slice(-200), problems});
    return {plan, ...ended, outputs, inputFolder, failure, problems};
  }
}

async function execute(
  program: string,
  args: string[],
  options: {cwd: string; env: Record<string, string>},
): Promise<Pick<Ended, 'rc' | 'signal' | 'log'>> {
  return new Promise((resolve) => {
    execFile(program, args, {...options, timeout: 15_000}, (error, stdout, stderr) => {
      const rc = error ? (typeof error.code === 'number' ? error.code : null) : 0;
      const log = `${stdout}\n${stderr}`.split(/\r?\n|\r/).filter((line) => line !== '');
      resolve({rc, signal: error?.signal ?? null, log});
    });
  });
}

async function filesIn(folder: string, plan: JobPlan): Promise<CollectedFile[]> {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const mediaType = plan.outputs.find((output) => output.name === name)?.mediaType ?? 'text/plain';
      return {name, path, mediaType, size: (await stat(path)).size};
    }),
  );
}

async function readReceived(outputs: string): Promise<Received> {
  return JSON.parse(await readFile(join(outputs, 'received.json'), 'utf8')) as Received;
}

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

describe('transfer1.plan', () => {
  it('says what the target must have', async () => {
    const plan = transfer1.plan(
      await transfer1.normalise(await requestOf({...REQUEST, set: {num_gpus: 2, master_port: 29501}})),
    );
    assert.deepEqual(plan.argv, [
      'torchrun',
      '--nproc_per_node=2',
      '--nnodes=1',
      '--node_rank=0',
      '--master_port=29501',
      'cosmos_transfer1/diffusion/inference/transfer.py',
      '--checkpoint_dir',
      '{checkpoints}',
      '--video_save_folder',
      '{outputs}',
      '--video_save_name',
      'output',
      '--controlnet_specs',
      '{spec}',
      '--num_gpus',
      '2',
      '--offload_text_encoder_model',
      '--offload_guardrail_models',
    ]);
    assert.equal(plan.workdir, '{checkout}');
    assert.deepEqual(plan.variables, {PYTHONPATH: '{checkout}', HF_HOME: '{hfCache?}'});
    assert.deepEqual(plan.environment, ['HF_TOKEN']);
    assert.deepEqual(plan.needs, ['checkout', 'checkpoints', 'gpu']);
    assert.equal(plan.gpus, 2);
    assert.deepEqual(
      plan.outputs.filter(({role}) => role === 'control').map(({name, isRequired}) => [name, isRequired]),
      ['vis', 'edge'].flatMap((hint) =>
        ['_0', '_1', ''].map((rank) => [`${hint}_input_control${rank}.mp4`, false]),
      ),
    );
    assert.equal(plan.primaryOutput, 'output.mp4');
  });

  it('offloads what it is told to', async () => {
    const set = {offload_text_encoder_model: false, offload_diffusion_transformer: true};
    const {argv} = transfer1.plan(await transfer1.normalise(await requestOf({...REQUEST, set})));
    assert.deepEqual(
      argv.filter((word) => word.startsWith('--offload')),
      ['--offload_guardrail_models', '--offload_diffusion_transformer'],
    );
  });
});

for (const program of ['transfer1.mjs', 'torchrun']) {
  describe(`transfer1 with the stand-in ${program}`, () => {
    let box: Box;

    beforeEach(async () => {
      box = await Box.make(program);
      await chmod(join(PROGRAMS, program), 0o755);
    });

    it('is understood to the last word', async () => {
      const {rc, outputs, inputFolder, failure, log, problems} = await box.run({}, {HF_TOKEN: 'secret'});
      assert.equal(rc, 0, log.join('\n'));
      assert.equal(failure, null);
      assert.deepEqual(problems, []);
      const received = await readReceived(outputs);
      assert.equal(received.cwd, box.checkout);
      assert.equal(received.spec['seed'], 4);
      const {HF_HOME, PYTHONPATH, hasToken} = received.environment;
      assert.deepEqual(
        {HF_HOME, PYTHONPATH, hasToken},
        {HF_HOME: program === 'torchrun' ? '' : null, PYTHONPATH: box.checkout, hasToken: true},
      );
      assert.deepEqual(
        received.inputs.map(({path}) => path).sort(),
        ['color.mp4', 'depth.mp4', 'segmentation.mp4'].map((name) => join(inputFolder, name)),
      );
      for (const {path, sha256} of received.inputs) assert.equal(sha256, await digestOf(path));
      assert.equal(await readFile(join(outputs, 'output.txt'), 'utf8'), 'rain');
      assert.ok(!(await readFile(join(outputs, 'received.json'), 'utf8')).includes('secret'));
    });

    it('makes exactly the outputs that were expected', async () => {
      const {outputs, plan} = await box.run({});
      const made = (await readdir(outputs)).filter((name) => name !== 'received.json').sort();
      assert.deepEqual(made, [
        'edge_input_control_0.mp4',
        'output.mp4',
        'output.txt',
        'vis_input_control_0.mp4',
      ]);
      const expected = plan.outputs.map(({name}) => name);
      for (const name of made) assert.ok(expected.includes(name), name);
    });

    it('logs lines that are read as progress', async () => {
      const {log} = await box.run({});
      const read = log.flatMap((line) => transfer1.readProgress(line) ?? []);
      const phases = new Set(read.map(({phase}) => phase));
      for (const phase of ['load', 'controls', 'check prompt', 'generate', 'sample', 'save'])
        assert.ok(phases.has(phase), phase);
      assert.deepEqual(
        read.filter(({total}) => total > 0),
        [
          {done: 0, total: 1, phase: 'generate'},
          {done: 1, total: 1, phase: 'generate'},
        ],
      );
    });

    for (const [mode, name] of [
      ['guardrail', 'guardrail.prompt'],
      ['oom', 'gpu.oom'],
      ['checkpoint', 'checkpoint.missing'],
      ['space', 'target.no-space'],
      ['killed', 'host.oom'],
      ['no-output', 'outputs.wrong'],
    ] as const) {
      it(`ends with ${mode} as ${name}`, async () => {
        const {failure, log} = await box.run({}, {STANDIN_FAIL: mode});
        assert.equal(failure?.class, name, log.join('\n'));
      });
    }

    it('misses a checkpoint that is not there', async () => {
      await rm(join(box.checkpoints, 'nvidia/Cosmos-Transfer1-7B/base_model.pt'));
      assert.equal((await box.run({})).failure?.class, 'checkpoint.missing');
    });

    it('misses an input that is gone', async () => {
      const source = await temporaryFolder('scene');
      await copyFile(join(CITY, 'color.mp4'), join(source, 'color.mp4'));
      const {failure} = await box.run({source}, {}, (folder) => rm(join(folder, 'color.mp4')));
      assert.equal(failure?.class, 'control.missing');
    });

    it('fails as a file of the checkout says', async () => {
      await writeFile(join(box.checkout, 'STANDIN_FAIL'), 'oom\n');
      assert.equal((await box.run({})).failure?.class, 'gpu.oom');
    });

    it('refuses words that Transfer1 does not know', async () => {
      const argv = [
        '--nproc_per_node=1',
        'cosmos_transfer1/diffusion/inference/transfer.py',
        '--colour',
        'red',
      ];
      const {rc, log} = await execute(join(PROGRAMS, program), argv, {
        cwd: box.checkout,
        env: {PATH: process.env['PATH'] ?? '', PYTHONPATH: box.checkout},
      });
      assert.equal(rc, 2);
      assert.match(log.join('\n'), /transfer\.py: error: /);
      const failure = transfer1.classify({exit: makeExit({rc}), logTail: log, problems: []});
      assert.equal(failure?.class, 'spec.invalid');
    });
  });
}

describe('transfer1 with the stand-in in busybox alone', () => {
  it('needs no program of another kind', async function () {
    const applets = await temporaryFolder('applets');
    const installed = await execute('busybox', ['--install', '-s', applets], {
      cwd: applets,
      env: {PATH: process.env['PATH'] ?? ''},
    });
    if (installed.rc !== 0) this.skip();
    const box = await Box.make('torchrun');
    const program = join(box.root, 'bin', 'torchrun');
    await rm(program);
    const text = await readFile(join(PROGRAMS, 'torchrun'), 'utf8');
    await writeFile(program, text.replace('#!/bin/sh', `#!${applets}/sh`), {mode: 0o755});
    const {failure, rc, log, outputs} = await box.run(
      {},
      {PATH: [join(box.root, 'bin'), applets].join(delimiter)},
    );
    assert.deepEqual([rc, failure], [0, null], log.join('\n'));
    assert.equal((await readReceived(outputs)).inputs.length, 3);
  });
});

describe('transfer1 with every failure of the stand-in', () => {
  for (const [mode, name] of [
    ['guardrail-video', 'guardrail.video'],
    ['guardrail-silent', 'guardrail.prompt'],
    ['index32', 'gpu.index32'],
    ['auth', 'hf.auth'],
    ['size', 'input.size'],
    ['frames', 'input.frames'],
    ['nothing', 'preprocess.nothing'],
    ['port', 'dist.port'],
    ['timeout', 'dist.timeout'],
    ['torchrun', 'env.torchrun'],
    ['environment', 'env.broken'],
    ['gpu', 'gpu.fault'],
    ['killed-child', 'host.oom'],
    ['crash', 'job.exit'],
  ] as const) {
    it(`ends with ${mode} as ${name}`, async () => {
      const box = await Box.make('transfer1.mjs');
      const {failure, rc, log} = await box.run({}, {STANDIN_FAIL: mode});
      assert.equal(failure?.class, name, log.join('\n'));
      assert.equal(rc, mode === 'guardrail-silent' ? 0 : 1);
      assert.ok(failure.evidence.length > 0);
    });
  }

  it('drives with maps on two GPUs over two clips', async () => {
    const folder = await temporaryFolder('av');
    await writeClip(join(folder, 'lidar.mp4'), {...SMALL, frames: 130});
    const source = join(folder, 'drive.json');
    await writeFile(
      source,
      JSON.stringify({
        prompt: 'a road',
        sigma_max: 80,
        lidar: {control_weight: 1, input_control: 'lidar.mp4'},
      }),
    );
    const box = await Box.make('transfer1.mjs');
    const {outputs, failure, log} = await box.run({source, prompt: null, set: {num_gpus: 2}});
    assert.equal(failure, null, log.join('\n'));
    const {args, nproc} = await readReceived(outputs);
    assert.deepEqual([args['is_av_sample'], args['num_gpus'], nproc], [true, 2, 2]);
    const clips = log.flatMap((line) => transfer1.readProgress(line) ?? []).filter(({total}) => total > 0);
    assert.deepEqual(clips.at(-1), {done: 2, total: 2, phase: 'generate'});
  });
});
