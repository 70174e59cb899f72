import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {SMALL, writeClip} from '../media/clips.ts';
import {Machine, type Ended} from '../support/stand-ins.ts';
import {temporaryFolder} from '../support/temporary.ts';

const GOOD = {name: 'shot', video_path: 'clip.mp4', prompt: 'rain', edge: {}};

describe('the stand-in of Transfer2.5: the program', function () {
  this.timeout(30_000);
  let machine: Machine;
  before(async () => {
    machine = await Machine.make('transfer2.5');
    await mkdir(join(machine.checkout, 'in'));
    await writeClip(join(machine.checkout, 'in', 'clip.mp4'), {...SMALL, frames: 121});
  });

  const BATCH = ['a', 'b', 'c'].map((name) => ({...GOOD, name, seg: {mask_prompt: 'car'}, num_steps: 3}));
  async function runBatch(
    words: string[],
    env: Record<string, string> = {},
    change = {},
  ): Promise<Ended & {out: string}> {
    const out = await temporaryFolder('out');
    const lines = BATCH.map((sample, index) => JSON.stringify(index === 1 ? {...sample, ...change} : sample));
    await machine.write('in/batch.jsonl', lines.join('\n'));
    const ended = await machine.run(
      'python',
      ['examples/inference.py', '-i', 'in/batch.jsonl', '-o', out, ...words],
      env,
    );
    return {...ended, out};
  }

  it('makes every file of every sample', async () => {
    const {rc, out, stdout, stderr} = await runBatch([]);
    assert.equal(rc, 0, stderr);
    const each = BATCH.flatMap(({name}) =>
      ['.json', '.mp4', '.txt', '_control_edge.mp4', '_control_seg.mp4', '_mask_seg.mp4'].map(
        (end) => name + end,
      ),
    );
    const rest = ['config.yaml', 'console.log', 'debug.log', 'received.json'];
    assert.deepEqual((await readdir(out)).sort(), [...each, ...rest].sort());
    assert.doesNotMatch(stdout, /Generating chunk/);
    assert.equal(await readFile(join(out, 'console.log'), 'utf8'), stdout);
    assert.match(await readFile(join(out, 'debug.log'), 'utf8'), /Generating chunk 2\/2$/m);
    assert.equal(stderr.split('Generating samples: 100%').length - 1, 6, 'two chunks of each');
    assert.match(stdout, /\[3\/3\] Processing sample c$/m);
  });

  it('leaves a blocked sample out and ends well', async () => {
    const blocked = {negative_prompt: 'a lifeless street'};
    const {rc, out, stdout} = await runBatch([], {}, blocked);
    assert.equal(rc, 0);
    assert.match(stdout, /\|CRITICAL\|.*Guardrail blocked generation\. Negative prompt: a lifeless street$/m);
    assert.doesNotMatch(stdout, /GUARDRAIL BLOCKED/);
    const names = await readdir(out);
    assert.deepEqual(
      ['a.mp4', 'b.json', 'b.mp4', 'c.mp4'].map((name) => names.includes(name)),
      [true, true, false, true],
    );
    const loud = await runBatch(['--no-keep-going'], {COSMOS_VERBOSE: '1'}, blocked);
    assert.equal(loud.rc, 1);
    assert.match(loud.stdout, /GUARDRAIL BLOCKED: Prompt blocked by censorship/);
    assert.match(loud.stderr, /^Exception: Guardrail blocked generation\./m);
  });

  it('fails where it is told to, in half a batch', async () => {
    const {rc, out, stderr} = await runBatch([], {STANDIN_FAIL: 'oom@1'});
    assert.equal(rc, 1);
    assert.match(stderr, /^torch\.OutOfMemoryError: CUDA out of memory/m);
    assert.deepEqual(
      (await readdir(out)).filter((name) => name.endsWith('.json') || /^.\.mp4$/.test(name)),
      ['a.json', 'a.mp4', 'b.json', 'received.json'],
    );
    const cut = await runBatch([], {STANDIN_FAIL: 'truncated@2'});
    assert.equal(cut.rc, 0);
    const [whole, half] = await Promise.all(['a.mp4', 'c.mp4'].map((name) => stat(join(cut.out, name))));
    assert.equal(half?.size, (whole?.size ?? 0) >> 1);
  });

  const late: [string, object, RegExp][] = [
    ['resolutions', {resolution: '999'}, /^KeyError: '999'/m],
    ['sigmas', {sigma_max: 'much'}, /could not convert string to float: 'much'/],
    ['seeds', {seed: -1}, /Seed must be between 0 and 2\*\*32 - 1/],
  ];
  for (const [title, change, words] of late) {
    it(`meets wrong ${title} only when it generates`, async () => {
      const {rc, stderr} = await runBatch([], {}, change);
      assert.equal(rc, 1);
      assert.match(stderr, words);
    });
  }

  it('refuses controls that are shorter than the video', async () => {
    await writeClip(join(machine.checkout, 'in', 'short.mp4'), {...SMALL, frames: 100});
    const {stderr} = await runBatch([], {}, {edge: {control_path: 'short.mp4'}});
    assert.match(stderr, /No input frames; cannot pad\. Verify that video frame counts match\./);
  });

  const wrong: [string, string[], RegExp][] = [
    ['unknown options', ['--num_steps', '3'], /─ Unrecognized options ─[\s\S]*--num_steps/],
    ['models', ['--model', 'edge/distilled'], /invalid choice: 'edge\/distilled'/],
    ['numbers', ['--seed', 'x'], /invalid int value: 'x'/],
  ];
  for (const [title, words, said] of wrong) {
    it(`refuses wrong ${title} as tyro does`, async () => {
      const {rc, stderr} = await runBatch(words);
      assert.equal(rc, 2);
      assert.match(stderr, said);
    });
  }

  it('wants its script below the working directory', async () => {
    const {rc, stderr} = await machine.run('python', ['inference.py', '-i', 'x', '-o', 'y']);
    assert.equal(rc, 2);
    assert.match(stderr, /python: can't open file '.*\/checkout\/inference\.py'/);
  });

  it('fails in every way that there is', async () => {
    const spec = await machine.write('in/one.json', {...GOOD, num_steps: 1});
    const run = (mode: string): Promise<Ended> => {
      const words = ['--nproc_per_node=1', 'examples/inference.py', '-i', spec, '-o', 'out'];
      return machine.run('torchrun', words, {STANDIN_FAIL: mode});
    };
    const modes: [string, RegExp][] = [
      ['port', /The server socket has failed to listen.*EADDRINUSE/],
      ['environment', /ModuleNotFoundError: No module named 'transformer_engine'/],
      ['driver', /CUDA driver version is insufficient/],
      ['auth', /GatedRepoError: 401 Client Error/],
      ['checkpoint', /FileNotFoundError: .*_ema_bf16\.pt/],
      ['oom', /torch\.OutOfMemoryError/],
      ['nothing', /No mask generated for prompt/],
      ['frames', /No input frames; cannot pad/],
      ['timeout', /DistStoreError: wait timeout after 1800000ms/],
      ['watchdog', /Watchdog caught collective operation timeout/],
      ['gpu', /illegal memory access/],
      ['ecc', /uncorrectable ECC/],
      ['space', /No space left on device/],
      ['spec', /Error validating parameters from '/],
      ['killed-child', /Signal 9 \(SIGKILL\) received by PID 4711/],
    ];
    for (const [mode, words] of modes) {
      const {rc, stderr} = await run(mode);
      assert.equal(rc, 1, mode);
      assert.match(stderr, words);
      assert.match(stderr, /torch\.distributed\.elastic\.multiprocessing\.errors\.ChildFailedError/);
    }
    assert.equal((await run('killed')).signal, 'SIGKILL');
    const silent = await Promise.all(
      ['guardrail', 'guardrail-video', 'guardrail-silent', 'no-output'].map(run),
    );
    assert.deepEqual(
      silent.map(({rc}) => rc),
      [0, 0, 0, 0],
    );
  });

  it('is silent until somebody ends it', async () => {
    const spec = await machine.write('in/hung.json', GOOD);
    const words = ['examples/inference.py', '-i', spec, '-o', 'hung'];
    const {signal, rc} = await machine.run('python', words, {STANDIN_FAIL: 'hang'}, 1500);
    assert.deepEqual([signal, rc], ['SIGTERM', null]);
  });

  it('prints a bar for every rank', async () => {
    const spec = await machine.write('in/one.json', {...GOOD, max_frames: 93});
    const out = await temporaryFolder('out');
    const words = [
      '--nproc_per_node=4',
      '--master_port=12341',
      'examples/inference.py',
      '-i',
      spec,
      '-o',
      out,
    ];
    const {rc, stderr} = await machine.run('torchrun', words);
    assert.equal(rc, 0, stderr);
    assert.equal(stderr.split('100%').length - 1, 4);
  });

  it('makes one video of several views, or one of each', async () => {
    const view = {input_path: 'clip.mp4', control_path: 'clip.mp4'};
    const spec = {name: 'drive', prompt: 'a road', front_wide: view, rear: view};
    const run = async (change: object, gpus: number): Promise<Ended & {names: string[]}> => {
      const out = await temporaryFolder('out');
      const path = await machine.write('in/drive.json', {...spec, ...change});
      const words = [`--nproc_per_node=${gpus}`, 'examples/multiview.py', '-i', path, '-o', out];
      return {...(await machine.run('torchrun', words)), names: await readdir(out)};
    };
    const combined = await run({}, 2);
    assert.equal(combined.rc, 0, combined.stderr);
    assert.deepEqual(
      combined.names.filter((name) => name.endsWith('.mp4')),
      ['drive.mp4'],
    );
    const apart = await run({save_combined_views: false}, 2);
    assert.deepEqual(apart.names.filter((name) => name.endsWith('.mp4')).sort(), [
      'drive_front_wide.mp4',
      'drive_grid.mp4',
      'drive_rear.mp4',
    ]);
    assert.match((await run({}, 1)).stderr, /2 views need at least 2 GPUs/);
  });
});
