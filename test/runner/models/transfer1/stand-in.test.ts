import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {copyFile, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {CITY, SMALL, writeClip} from '../../../media/clips.ts';
import {requestOf, type PathRequest} from '../../../support/request.ts';
import {linesOf, readReceived, runPlan, type PlanOptions} from '../../../support/run-plan.ts';
import {Machine, PROGRAMS} from '../../../support/stand-ins.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import {makeExit} from '../../run-document.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {transfer1} = await import('../../../../src/runner/models/transfer1/adapter.ts');
const {capture} = await import('../../../../src/platform/run-program.ts');

const REQUEST = {source: CITY, prompt: 'rain', seed: 4};

interface Received {
  cwd: string;
  nproc: number;
  args: Record<string, unknown>;
  spec: Record<string, unknown>;
  inputs: {path: string; sha256: string}[];
  environment: {HF_HOME: string | null; PYTHONPATH: string; hasToken: boolean};
}

async function run(
  request: Partial<PathRequest>,
  how: PlanOptions,
): Promise<Awaited<ReturnType<typeof runPlan>>> {
  return runPlan(transfer1, await transfer1.normalise(await requestOf({...REQUEST, ...request})), how);
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

const FAILURES = [
  ['guardrail', 'guardrail.prompt'],
  ['oom', 'gpu.oom'],
  ['checkpoint', 'checkpoint.missing'],
  ['space', 'target.no-space'],
  ['killed', 'host.oom'],
  ['no-output', 'outputs.wrong'],
] as const;
/** The stand-in for a shell knows fewer. */
const MORE_FAILURES = [
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
] as const;

for (const standIn of ['transfer1', 'transfer1-shell'] as const) {
  const isShell = standIn === 'transfer1-shell';
  describe(`transfer1 with the stand-in ${isShell ? 'for a shell' : 'for Node'}`, function () {
    this.timeout(60_000);
    let machine: Machine;

    beforeEach(async () => {
      machine = await Machine.make(standIn);
    });

    it('is understood to the last word', async () => {
      const ended = await run({}, {machine, env: {HF_TOKEN: 'secret'}});
      const {outputs, inputs, names, plan, log} = ended;
      assert.equal(ended.failure, null, log.join('\n'));
      assert.deepEqual(ended.problems, []);
      const received = await readReceived<Received>(outputs);
      assert.equal(received.cwd, machine.checkout);
      assert.equal(received.spec['seed'], 4);
      const {HF_HOME, PYTHONPATH, hasToken} = received.environment;
      assert.deepEqual(
        {HF_HOME, PYTHONPATH, hasToken},
        {HF_HOME: isShell ? '' : null, PYTHONPATH: machine.checkout, hasToken: true},
      );
      assert.ok(!JSON.stringify(received).includes('secret'));
      assert.deepEqual(
        received.inputs.map(({path}) => path).sort(),
        ['color.mp4', 'depth.mp4', 'segmentation.mp4'].map((name) => join(inputs, name)),
      );
      for (const {path, sha256} of received.inputs) assert.equal(sha256, await digestOf(path));

      const made = names.filter((name) => name !== 'received.json').sort();
      assert.deepEqual(made, [
        'edge_input_control_0.mp4',
        'output.mp4',
        'output.txt',
        'vis_input_control_0.mp4',
      ]);
      const expected = plan.outputs.map(({name}) => name);
      for (const name of made) assert.ok(expected.includes(name), name);
      assert.equal(await readFile(join(outputs, 'output.txt'), 'utf8'), 'rain');

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

    it('names each failure by its class', async () => {
      for (const [mode, name] of isShell ? FAILURES : [...FAILURES, ...MORE_FAILURES]) {
        const {failure, rc, log} = await run({}, {machine, env: {STANDIN_FAIL: mode}});
        assert.equal(failure?.class, name, `${mode}\n${log.join('\n')}`);
        const expected = {killed: null, 'guardrail-silent': 0, 'no-output': 0}[mode as string];
        assert.equal(rc, expected === undefined ? 1 : expected, mode);
        assert.ok(failure.evidence.length > 0 || mode === 'killed', mode);
      }
    });

    it('misses a checkpoint, or an input, that is gone', async () => {
      const source = await temporaryFolder('scene');
      await copyFile(join(CITY, 'color.mp4'), join(source, 'color.mp4'));
      const alter = (inputs: string): Promise<void> => rm(join(inputs, 'color.mp4'));
      assert.equal((await run({source}, {machine, alter})).failure?.class, 'control.missing');
      await rm(join(machine.checkpoints, 'nvidia/Cosmos-Transfer1-7B/base_model.pt'));
      assert.equal((await run({}, {machine})).failure?.class, 'checkpoint.missing');
    });

    it('fails as a file of the checkout says', async () => {
      await machine.write('STANDIN_FAIL', 'oom\n');
      assert.equal((await run({}, {machine})).failure?.class, 'gpu.oom');
    });

    it('refuses words that Transfer1 does not know', async () => {
      const script = 'cosmos_transfer1/diffusion/inference/transfer.py';
      const words = ['--nproc_per_node=1', script, '--colour', 'red'];
      const {rc, stdout, stderr} = await machine.run('torchrun', words);
      assert.equal(rc, 2);
      assert.match(stderr, /transfer\.py: error: /);
      const logTail = linesOf(stdout, stderr);
      const failure = transfer1.classify({exit: makeExit({rc}), logTail, problems: []});
      assert.equal(failure?.class, 'spec.invalid');
    });
  });
}

describe('transfer1 with the stand-in in busybox alone', () => {
  it('needs no program of another kind', async function () {
    const applets = await temporaryFolder('applets');
    if ((await capture('busybox', ['--install', '-s', applets])) === undefined) this.skip();
    const machine = await Machine.make('transfer1-shell');
    const program = join(machine.bin, 'torchrun');
    await rm(program);
    const text = await readFile(join(PROGRAMS, 'transfer1', 'torchrun'), 'utf8');
    await writeFile(program, text.replace('#!/bin/sh', `#!${applets}/sh`), {mode: 0o755});
    const {failure, log, outputs} = await run({}, {machine, env: {PATH: applets}});
    assert.equal(failure, null, log.join('\n'));
    assert.equal((await readReceived<Received>(outputs)).inputs.length, 3);
  });
});

describe('transfer1 that drives', () => {
  it('has maps on two GPUs over two clips', async () => {
    const folder = await temporaryFolder('av');
    await writeClip(join(folder, 'lidar.mp4'), {...SMALL, frames: 130});
    const source = join(folder, 'drive.json');
    const lidar = {control_weight: 1, input_control: 'lidar.mp4'};
    await writeFile(source, JSON.stringify({prompt: 'a road', sigma_max: 80, lidar}));
    const machine = await Machine.make('transfer1');
    const {outputs, failure, log} = await run({source, prompt: null, set: {num_gpus: 2}}, {machine});
    assert.equal(failure, null, log.join('\n'));
    const {args, nproc} = await readReceived<Received>(outputs);
    assert.deepEqual([args['is_av_sample'], args['num_gpus'], nproc], [true, 2, 2]);
    const clips = log.flatMap((line) => transfer1.readProgress(line) ?? []).filter(({total}) => total > 0);
    assert.deepEqual(clips.at(-1), {done: 2, total: 2, phase: 'generate'});
  });
});
