import assert from 'node:assert/strict';
import {copyFile, mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {canonicalBytes} from '../../../src/manifest/canonical.ts';
import type {JobPlan, Model} from '../../../src/runner/model.ts';
import {fillTemplate} from '../../../src/runner/template.ts';
import {SMALL, writeClip} from '../../media/clips.ts';
import {requestOf, type PathRequest} from '../../support/request.ts';
import {Machine, type StandInName} from '../../support/stand-ins.ts';
import {temporaryFolder} from '../../support/temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {transfer1} = await import('../../../src/runner/models/transfer1/adapter.ts');
const {transfer25} = await import('../../../src/runner/models/transfer2.5/adapter.ts');
const {upscale} = await import('../../../src/runner/models/upscale/adapter.ts');
const {probeVideo} = await import('../../../src/media/probe.ts');

interface Received {
  nproc: number;
  args: Record<string, unknown>;
  inputs: {key: string}[];
  samples: {inputs: {key: string}[]}[];
}

interface Ended {
  rc: number | null;
  log: string;
  names: string[];
  outputs: string;
  plan: JobPlan;
  received: Received;
}

/** What the transport and the launcher would make of a plan, with a stand-in as the program. */
async function runPlan(
  model: Model,
  standIn: StandInName,
  request: Partial<PathRequest> & {source: string},
): Promise<Ended> {
  const machine = await Machine.make(standIn);
  const checkpoints = join(machine.checkout, 'checkpoints');
  for (const family of ['Cosmos-Transfer1-7B/', 'Cosmos-Transfer1-7B-Sample-AV-Single2MultiView/t2w_'])
    await machine.write(`checkpoints/nvidia/${family}base_model.pt`, 'weights');
  const normal = await model.normalise(await requestOf(request));
  const plan = model.plan(normal);
  const job = await temporaryFolder('job');
  const [inputs, outputs] = [join(job, 'inputs'), join(job, 'outputs')];
  await mkdir(inputs);
  for (const {name, content} of normal.inputs)
    if ('path' in content) await copyFile(content.path, join(inputs, name));
  const spec = join(inputs, 'spec.json');
  await writeFile(spec, canonicalBytes(normal.makeSpec(inputs)));
  const places = {spec, outputs, checkpoints, checkout: machine.checkout};
  const [program = '', ...words] = plan.argv.map((word) => fillTemplate(word, places));
  const {rc, stdout, stderr} = await machine.run(program, words);
  const names = await readdir(outputs).catch((): string[] => []);
  const text = await readFile(join(outputs, 'received.json'), 'utf8').catch(() => '{}');
  return {rc, log: stdout + stderr, names, outputs, plan, received: JSON.parse(text) as Received};
}

describe('driving scenes of several views with the stand-ins', function () {
  this.timeout(30_000);
  let folder: string;
  before(async () => {
    folder = await temporaryFolder('views');
    await writeClip(join(folder, 'clip.mp4'), {...SMALL, frames: 57});
  });

  async function write(name: string, spec: object): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, JSON.stringify(spec));
    return path;
  }

  it('are understood by Transfer2.5', async () => {
    const view = {input_path: 'clip.mp4', control_path: 'clip.mp4'};
    for (const isCombined of [true, false]) {
      const spec = {
        name: 'drive',
        prompt: 'a road',
        front_wide: view,
        rear: view,
        save_combined_views: isCombined,
      };
      const source = await write('drive.json', spec);
      const {rc, log, names, plan, received} = await runPlan(transfer25, 'transfer2.5', {
        source,
        set: {num_gpus: 2},
      });
      assert.equal(rc, 0, log);
      for (const {name, isRequired} of plan.outputs) if (isRequired) assert.ok(names.includes(name), name);
      assert.deepEqual(
        received.samples[0]?.inputs.map(({key}) => key),
        ['front_wide.input_path', 'front_wide.control_path', 'rear.input_path', 'rear.control_path'],
      );
    }
  });

  for (const [title, views, isWaymo] of [
    ['six views', 6, false],
    ['the five of Waymo', 5, true],
  ] as const) {
    it(`are understood by Transfer1, with ${title}`, async () => {
      const hdmap = {control_weight: 1, input_control: Array.from({length: views}, () => 'clip.mp4')};
      const source = await write('maps.json', {prompt: 'a road', hdmap});
      const request = {source, seed: 9, set: {sigma_max: 80, num_steps: 30, guidance: 3}};
      const {rc, log, names, received} = await runPlan(transfer1, 'transfer1', request);
      assert.equal(rc, 0, log);
      assert.ok(names.includes('output.mp4') && names.includes('output.txt'));
      const {seed, num_steps: steps, guidance, prompt, waymo_example: waymo} = received.args;
      assert.deepEqual([seed, steps, guidance, prompt, waymo], [9, 30, 3, 'a road', isWaymo]);
      assert.equal(received.inputs.length, views);
    });
  }
});

describe('upscale with the stand-in of Transfer1', () => {
  it('is understood, and makes something larger', async () => {
    const source = await temporaryFolder('clip');
    await writeClip(join(source, 'color.mp4'));
    const {rc, log, outputs, plan, received} = await runPlan(upscale, 'transfer1', {source});
    assert.equal(rc, 0, log);
    assert.deepEqual([received.args['num_steps'], received.inputs.length], [10, 1]);
    const {width} = await probeVideo(join(outputs, plan.primaryOutput ?? ''));
    assert.ok(width > SMALL.width);
  });
});
