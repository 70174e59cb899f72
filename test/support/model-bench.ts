/** This machine as a GPU box with a stand-in of a model in place of Python, and a workspace whose runs are done on it. */
import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {Failure} from '../../src/runner/model.ts';
import type {Prepared} from '../../src/workspace/prepared.ts';
import {CITY} from '../media/clips.ts';
import {runPlan} from './run-plan.ts';
import {Machine, type StandInName} from './stand-ins.ts';
import {temporaryFolder} from './temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {initWorkspace} = await import('../../src/workspace/init.ts');
const {openWorkspace} = await import('../../src/workspace/workspace.ts');
const {makeRunner} = await import('../../src/workspace/runner.ts');
const {findModel} = await import('../../src/workspace/models.ts');
const {PLAIN_REQUEST, prepareRuns, startRun} = await import('../../src/workspace/start-run.ts');
const {startRuns} = await import('../../src/workspace/start-runs.ts');
const {prepareBatch} = await import('../../src/workspace/prepare-batch.ts');
const {Targets} = await import('../../src/workspace/targets.ts');
const {drive} = await import('../../src/runner/drive.ts');
const {readAll} = await import('../../src/cas/verified-read.ts');

export type StartRequest = Parameters<typeof prepareRuns>[2];
type Workspace = Awaited<ReturnType<typeof openWorkspace>>;

const REQUEST: StartRequest = {...PLAIN_REQUEST, source: CITY, folder: '/', prompt: 'rain'};

interface Input {
  key: string;
  path: string;
  sha256: string;
}

/** What a stand-in says that it was given: Transfer1 has arguments and inputs, the others have samples. */
export interface Received {
  argv: string[];
  cwd: string;
  nproc: number;
  args: Record<string, unknown>;
  inputs: Input[];
  samples: {raw: Record<string, unknown>; inputs: Input[] | null}[];
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
    process.env['PATH'] = machine.path;
    const root = await initWorkspace(join(await temporaryFolder('bench'), 'films'));
    await writeFile(join(root, 'cosmos.toml'), machine.localSettings);
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

  prepareBatch(
    common: Partial<StartRequest>,
    fields: readonly Record<string, unknown>[],
  ): ReturnType<typeof prepareBatch> {
    return prepareBatch(this.workspace, this.targets(), {
      common: {...REQUEST, ...common},
      items: fields.map((each, index) => ({where: `line ${index + 1}`, fields: each})),
      what: 'batch.jsonl',
    });
  }

  /** The runs of a batch to their ends, one after the other. */
  async runBatch(common: Partial<StartRequest>, fields: Record<string, unknown>[]): Promise<RunDocument[]> {
    const prepared = await this.prepareBatch(common, fields);
    const runner = this.runner();
    const ended: RunDocument[] = [];
    for (const {id} of (await startRuns(runner, prepared)).runs) ended.push(await drive(runner, id));
    return ended;
  }

  /** The program alone, told how to fail: how the model would judge its end. */
  async fail({planned}: Prepared, mode: string): Promise<Failure | null> {
    const {family} = planned.normal.model;
    const model = findModel(family, (await this.workspace.settings()).settings, this.workspace.root);
    const how = {machine: this.machine, env: {STANDIN_FAIL: mode}};
    return (await runPlan(model, planned.normal, how)).failure;
  }

  async read(run: RunDocument, name: string): Promise<string> {
    const output = run.outputs.find((candidate) => candidate.name === name);
    assert.ok(output, `${name} is among ${run.outputs.map((each) => each.name).join(', ')}`);
    return (await readAll(this.workspace.store.fetch(output))).toString('utf8');
  }

  async received(run: RunDocument): Promise<Received> {
    return JSON.parse(await this.read(run, 'received.json')) as Received;
  }

  /** Of a run that may have shared its load: what it was to the program. */
  async sampleOf(run: RunDocument): Promise<Received['samples'][number]> {
    const {share} = run;
    const isShared = share !== undefined && run.attempts.length === 0;
    const {samples} = await this.received(isShared ? await this.documentOf(share.run) : run);
    const sample = samples[isShared ? share.item - 1 : 0];
    assert.ok(sample);
    return sample;
  }

  /** The prompt as the program received it. */
  async promptOf(run: RunDocument): Promise<unknown> {
    if (run.model.family === 'transfer1') return this.read(run, 'output.txt');
    return (await this.sampleOf(run)).raw['prompt'];
  }

  documentOf(id: string): Promise<RunDocument> {
    return this.workspace.documents.read('runs', id);
  }

  async specOf(run: RunDocument): Promise<Record<string, unknown>> {
    assert.ok(run.spec);
    const text = (await readAll(this.workspace.store.fetch(run.spec))).toString('utf8');
    return JSON.parse(text) as Record<string, unknown>;
  }
}
