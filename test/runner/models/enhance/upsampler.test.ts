import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {RunDocument} from '../../../../src/manifest/types.gen.ts';
import {Enhancer, FIRST} from '../../../support/enhancer.ts';
import {findingsOf} from '../../../support/findings.ts';
import {NUMBERED} from '../../../support/numbered-clip.ts';
import {importProgram, Machine} from '../../../support/stand-ins.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {readAll} = await import('../../../../src/cas/verified-read.ts');
const {decodeFrames} = await import('../../../../src/media/frames.ts');
const {resolvePrompt} = await import('../../../../src/workspace/prompts.ts');

const {readNumber} = await importProgram<{readNumber: (picture: object, scene: object) => number | null}>(
  'enhance/images.mjs',
);

const WEIGHTS = 'nvidia/Cosmos-UpsamplePrompt1-12B-Transfer';
const BARE_PATH = process.env['PATH'] ?? '';

describe("an enhancement by NVIDIA's upsampler", function () {
  this.timeout(60_000);
  let machine: Machine;
  let enhancer: Enhancer;

  before(async () => {
    machine = await Machine.make('upsampler');
    const checkpoints = join(machine.checkout, 'checkpoints');
    await machine.write(`checkpoints/${WEIGHTS}/consolidated.safetensors`, 'weights');
    await machine.write('cosmos_transfer1/auxiliary/upsampler/model/upsampler.py', '# the model');
    enhancer = await Enhancer.make(
      `[local]\ncheckout = ${JSON.stringify(machine.checkout)}\ncheckpoints = ${JSON.stringify(checkpoints)}\n`,
    );
    process.env['PATH'] = [machine.bin, BARE_PATH].join(delimiter);
  });
  after(async () => {
    process.env['PATH'] = BARE_PATH;
    await enhancer.workspace.close();
  });

  /** What the stand-in is told by a file where it starts, which is the job's folder. */
  async function run(what: string, failure?: string): Promise<RunDocument> {
    return enhancer.drive(await enhancer.prepare(what, {scene: 'shot'}), async ({id, status}) => {
      if (status !== 'submitted' || failure === undefined) return;
      await writeFile(join(enhancer.root, 'work/local/jobs', id, 'STANDIN_FAIL'), failure);
    });
  }

  it('gives it the ends of the clip itself, which is uploaded (upstream 0.9, 4.9)', async () => {
    const {workspace} = enhancer;
    const done = await run('wet street');
    assert.equal(done.status, 'completed', JSON.stringify(done.failure));
    const clip = done.inputs.find(({role}) => role === 'frames');
    const file = join(await temporaryFolder('sent'), 'frames.mp4');
    await writeFile(file, clip ? await readAll(workspace.store.fetch(clip)) : '');
    const numbers = [];
    for await (const {width, height, y} of decodeFrames(file))
      numbers.push(readNumber({width, height, luma: y}, NUMBERED));
    assert.deepEqual(numbers, [FIRST, FIRST + 12]);
    assert.deepEqual(done.parameters, {model: 'pixtral-12b', frame_size: 480, shown: [0, 12]});
    const made = await resolvePrompt(workspace, 'wet-street-enhanced');
    assert.equal(made.text, 'Enhanced: wet street Frames 0 and 1 were seen.');
    assert.deepEqual([made.parent, made.origin, made.scene], [done.prompt?.id, {run: done.id}, 'shot']);
  });

  it('has failed where it says so itself and ends with 0 (upstream 4.5)', async () => {
    const failed = await run('dry street', 'item');
    assert.deepEqual(
      [failed.status, failed.execution.exitCode, failed.failure?.class],
      ['failed', 0, 'gpu.oom'],
      JSON.stringify(failed.failure),
    );
    assert.deepEqual(failed.failure?.evidence, ['CUDA out of memory.']);
    await assert.rejects(resolvePrompt(enhancer.workspace, 'dry-street-enhanced'), {code: 'id.unknown'});
  });

  it('refuses what NVIDIA fixes, and asks for what the target lacks', async () => {
    const findings = await findingsOf(() =>
      enhancer.prepare('wet street', {set: {frames: 4, temperature: 1, frame_size: 1}}),
    );
    assert.equal(findings.length, 3, findings.join('\n'));
    assert.match(findings.join('\n'), /frames: NVIDIA's upsampler chooses it itself/);
    const {plan} = (await enhancer.prepare('wet street')).planned;
    assert.deepEqual(plan.needs, ['checkout', 'checkpoints', 'gpu']);
    assert.ok(plan.requires?.includes(`{checkpoints}/${WEIGHTS}/consolidated.safetensors`));
  });
});

describe('prompt_upsampler.py', () => {
  const PROGRAM = fileURLToPath(new URL('../../../../remote/prompt_upsampler.py', import.meta.url));
  const PACKAGE = fileURLToPath(new URL('../../../programs/enhance/python', import.meta.url));
  let folder: string;

  before(async function () {
    if (!(await hasPython())) this.skip();
    folder = await temporaryFolder('upsampler');
    await mkdir(join(folder, 'checkpoints', WEIGHTS), {recursive: true});
    await writeFile(join(folder, 'clip.mp4'), 'a clip');
  });

  interface Ended {
    rc: number;
    log: string;
    read: (name: string) => Promise<string>;
  }

  async function run(items: object[], checkpoints = 'checkpoints'): Promise<Ended> {
    const out = await temporaryFolder('out');
    await writeFile(join(folder, 'batch.json'), JSON.stringify(items));
    const words = ['--batch', 'batch.json', '--output-dir', out, '--checkpoint-dir', checkpoints];
    const options = {cwd: folder, env: {PATH: BARE_PATH, PYTHONPATH: PACKAGE, PYTHONDONTWRITEBYTECODE: '1'}};
    return new Promise((resolve) => {
      execFile('python3', [PROGRAM, ...words], options, (error, stdout, stderr) => {
        const read = (name: string): Promise<string> => readFile(join(out, name), 'utf8').catch(() => '');
        resolve({rc: Number(error?.code ?? 0), log: stdout + stderr, read});
      });
    });
  }

  it('shows the model the clip, and writes down the text', async () => {
    const {rc, log, read} = await run([{name: 'prompt', prompt: 'rain', video_path: 'clip.mp4'}]);
    assert.equal(rc, 0, log);
    const text = await read('enhanced.txt');
    assert.match(text, /^Enhanced: rain, having seen [0-9a-f]{64}\n$/);
    const [result] = JSON.parse(await read('batch_results.json')) as Record<string, unknown>[];
    assert.deepEqual(result, JSON.parse(await read('prompt_upsampled.json')));
    assert.deepEqual(
      [result?.['success'], result?.['original_prompt'], `${String(result?.['upsampled_prompt'])}\n`],
      [true, 'rain', text],
    );
    const alone = await run([{name: 'prompt', prompt: 'rain'}]);
    assert.equal(await alone.read('enhanced.txt'), 'Enhanced: rain, with 0 pictures\n');
  });

  it('fails instead of inventing a scene that it cannot see (upstream 0.9)', async () => {
    const {rc, log, read} = await run([{name: 'prompt', prompt: 'rain', video_path: '/home/me/clip.mp4'}]);
    assert.equal(rc, 1);
    assert.match(
      log,
      /ERROR: prompt: FileNotFoundError: Path does not point to a file: \/home\/me\/clip\.mp4/,
    );
    assert.equal(await read('enhanced.txt'), '');
  });

  it('ends with 1 when a prompt failed, and says why', async () => {
    const {rc, log, read} = await run([
      {name: 'a', prompt: 'fail'},
      {name: 'b', prompt: 'rain'},
    ]);
    assert.equal(rc, 1);
    assert.match(log, /ERROR: a: ValueError: Prompt length of 4685 is longer than the maximum model length/);
    assert.deepEqual([await read('a_upsampled.json'), (await read('b_upsampled.json')) !== ''], ['', true]);
    assert.match((await run([], 'gone')).log, /No such file or directory: 'gone/);
  });
});

function hasPython(): Promise<boolean> {
  return new Promise((resolve) => execFile('python3', ['--version'], (error) => resolve(error === null)));
}
