/** This machine as a GPU box with a stand-in of a model in place of Python, and a workspace whose runs are done on it. */
import assert from 'node:assert/strict';
import {copyFile, mkdir, readdir, stat, writeFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {CollectedFile, Failure, JobPlan} from '../../src/runner/model.ts';
import {CITY} from '../media/clips.ts';
import {makeExit} from '../runner/run-document.ts';
import {Machine, type StandInName} from './stand-ins.ts';
import {temporaryFolder} from './temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {initWorkspace} = await import('../../src/workspace/init.ts');
const {openWorkspace} = await import('../../src/workspace/workspace.ts');
const {findModel, makeRunner} = await import('../../src/workspace/runner.ts');
const {PLAIN_REQUEST, prepareRuns, startRun, startRuns} = await import('../../src/workspace/start-run.ts');
const {prepareBatch} = await import('../../src/workspace/prepare-batch.ts');
const {Targets} = await import('../../src/workspace/targets.ts');
const {fillTemplate} = await import('../../src/runner/template.ts');
const {drive} = await import('../../src/runner/drive.ts');
const {readAll} = await import('../../src/cas/verified-read.ts');

export type StartRequest = Parameters<typeof prepareRuns>[2];
type Workspace = Awaited<ReturnType<typeof openWorkspace>>;

const REQUEST: StartRequest = {...PLAIN_REQUEST, source: CITY, folder: '/', prompt: 'rain'};

/** What a stand-in says that it was given. */
interface Received {
  argv: string[];
  cwd: string;
  nproc: number;
  options: Record<string, unknown>;
  samples: {raw: Record<string, unknown>; inputs: {key: string; path: string; sha256: string}[] | null}[];
}

const BARE_PATH = process.env['PATH'] ?? '';

export class ModelBench {
  readonly workspace: Workspace;
  readonly machine: Machine;

  private constructor(workspace: Workspace, machine: Machine) {
    this.workspace = workspace;
    this.machine = machine;
  }

  /** Changes PATH until `close`. */
  static async make(family: StandInName): Promise<ModelBench> {
    const machine = await Machine.make(family);
    const checkpoints = join(machine.checkout, 'checkpoints');
    await machine.write('checkpoints/nvidia/Cosmos-Transfer1-7B/base_model.pt', 'weights');
    process.env['PATH'] = [machine.bin, BARE_PATH].join(delimiter);
    const root = await initWorkspace(join(await temporaryFolder('bench'), 'films'));
    const settings = {checkout: machine.checkout, checkpoints};
    const lines = Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
    await writeFile(join(root, 'cosmos.toml'), `[local]\n${lines.join('')}`);
    return new ModelBench(await openWorkspace(root, {actor: 'test'}), machine);
  }

  get checkout(): string {
    return this.machine.checkout;
  }

  async close(): Promise<void> {
    process.env['PATH'] = BARE_PATH;
    await this.workspace.close();
  }

  targets(): InstanceType<typeof Targets> {
    return new Targets(this.workspace, {env: {}, home: this.workspace.root});
  }

  runner(): ReturnType<typeof makeRunner> {
    return makeRunner(this.workspace, {
      targets: this.targets(),
      actor: 'test',
      onTrouble: (message) => assert.fail(message),
    });
  }

  prepare(request: Partial<StartRequest>): ReturnType<typeof prepareRuns> {
    return prepareRuns(this.workspace, this.targets(), {...REQUEST, ...request});
  }

  /** One run to its end. */
  async run(request: Partial<StartRequest>, failure?: string): Promise<RunDocument> {
    if (failure !== undefined) await this.machine.write('STANDIN_FAIL', failure);
    const [prepared] = await this.prepare(request);
    assert.ok(prepared);
    const runner = this.runner();
    const {run, lease} = await startRun(runner, prepared);
    return drive(runner, run.id, {lease});
  }

  /** The runs of a batch to their ends, one after the other. */
  async runBatch(common: Partial<StartRequest>, fields: Record<string, unknown>[]): Promise<RunDocument[]> {
    const prepared = await prepareBatch(this.workspace, this.targets(), {
      common: {...REQUEST, ...common},
      items: fields.map((each, index) => ({where: `line ${index + 1}`, fields: each})),
      what: 'batch.jsonl',
    });
    const runner = this.runner();
    const ended: RunDocument[] = [];
    for (const {id} of await startRuns(runner, prepared)) ended.push(await drive(runner, id));
    return ended;
  }

  /** The program alone, without a supervisor around it: how the model would judge its end. */
  async fail(family: StandInName, mode: string): Promise<Failure | null> {
    const [prepared] = await this.prepare({model: family, weights: {edge: 1}});
    assert.ok(prepared);
    const {normal, plan} = prepared.planned;
    const folder = await temporaryFolder('job');
    const [inputs, outputs] = [join(folder, 'inputs'), join(folder, 'outputs')];
    await mkdir(inputs);
    for (const {name, content} of normal.inputs)
      if ('path' in content) await copyFile(content.path, join(inputs, name));
    const spec = join(inputs, 'spec.json');
    await writeFile(spec, JSON.stringify(normal.makeSpec(inputs)));
    const places = {spec, outputs, checkout: this.checkout};
    const [program = '', ...words] = plan.argv.map((word) => fillTemplate(word, places));
    const env = {STANDIN_FAIL: mode, COSMOS_VERBOSE: '1'};
    const {rc, signal, stdout, stderr} = await this.machine.run(program, words, env);
    const log = `${stdout}\n${stderr}`.split(/\r?\n|\r/).filter((line) => line !== '');
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
    const text = (await readAll(this.workspace.store.fetch(run.spec))).toString('utf8');
    return JSON.parse(text) as Record<string, unknown>;
  }
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
