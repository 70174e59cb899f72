/** A workspace with a scene of numbered frames, and whoever enhances prompts there, driven in this process. */
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import type {EnhanceRequest} from '../../src/workspace/enhance-prompt.ts';
import type {Prepared} from '../../src/workspace/prepared.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {writeNumberedClip} from './numbered-clip.ts';
import {importProgram} from './stand-ins.ts';
import {temporaryFolder} from './temporary.ts';

export interface Received {
  hasKey: boolean;
  status: number | null;
  texts: {role: string; text: string}[];
  images: {sha256: string; width: number; height: number; number: number | null}[];
}
export interface Endpoint {
  url: string;
  received: Received[];
  close: () => Promise<void>;
}

/** The stand-in of an endpoint, in this process. */
export async function openEndpoint(options: {
  folder: string;
  key?: string;
  scene?: object;
  slowMs?: number;
}): Promise<Endpoint> {
  const {startEndpoint} = await importProgram<{startEndpoint: (given: object) => Promise<Endpoint>}>(
    'enhance/endpoint.mjs',
  );
  return startEndpoint(options);
}

/** The clip of the scene has 13 frames, with the numbers 100 to 112. */
export const FIRST = 100;
const FRAMES = 13;

/** Errors are compared by class, so everything has to come from the same loader. */
async function load() {
  const [{drive}, {enhancementOf}, {makeRunner}, {prepareRuns, startRun}, {Targets}] = await Promise.all([
    import('../../src/runner/drive.ts'),
    import('../../src/workspace/enhance-prompt.ts'),
    import('../../src/workspace/runner.ts'),
    import('../../src/workspace/start-run.ts'),
    import('../../src/workspace/targets.ts'),
  ]);
  return {drive, enhancementOf, makeRunner, prepareRuns, startRun, Targets};
}
type Parts = Awaited<ReturnType<typeof load>>;

export class Enhancer {
  readonly workspace: Workspace;
  readonly #parts: Parts;
  readonly #targets: InstanceType<Parts['Targets']>;

  private constructor(workspace: Workspace, parts: Parts) {
    this.workspace = workspace;
    this.#parts = parts;
    this.#targets = new parts.Targets(workspace, {env: {}, home: '/'});
  }

  /** @param settings what cosmos.toml says */
  static async make(settings: string): Promise<Enhancer> {
    const parts = await load();
    const {initWorkspace} = await import('../../src/workspace/init.ts');
    const {openWorkspace} = await import('../../src/workspace/workspace.ts');
    const {addScene} = await import('../../src/workspace/scenes.ts');
    const {readPass} = await import('../../src/runner/scene.ts');
    const root = await initWorkspace(await temporaryFolder('enhance'));
    await writeFile(join(root, 'cosmos.toml'), settings);
    const clip = join(await temporaryFolder('clip'), 'color.mp4');
    await writeNumberedClip(clip, {frames: FRAMES, first: FIRST});
    const workspace = await openWorkspace(root, {actor: 'test'});
    await addScene(workspace, 'shot', {passes: {color: await readPass(clip)}, findings: []});
    return new Enhancer(workspace, parts);
  }

  get root(): string {
    return this.workspace.root;
  }

  async prepare(what: string, more: Partial<EnhanceRequest> = {}): Promise<Prepared> {
    const request = {what, scene: undefined, folder: this.root, set: {}, seed: null, target: undefined};
    const asked = await this.#parts.enhancementOf(this.workspace, {...request, ...more});
    return this.#only(await this.#parts.prepareRuns(this.workspace, this.#targets, asked));
  }

  async run(what: string, more: Partial<EnhanceRequest> = {}): Promise<RunDocument> {
    return this.drive(await this.prepare(what, more));
  }

  /** To its end. */
  async drive(prepared: Prepared, onRound?: (run: RunDocument) => Promise<void>): Promise<RunDocument> {
    const {run, lease} = await this.#parts.startRun(this.runner, prepared);
    return this.#parts.drive(this.runner, run.id, {lease, ...(onRound && {onRound})});
  }

  /** The same again as an earlier run. */
  async again(run: string): Promise<RunDocument> {
    const prepared = await this.#parts.prepareRuns(this.workspace, this.#targets, {
      ...{
        source: undefined,
        folder: this.root,
        from: {run, as: 'again'},
        controls: 'model',
        repeat: 1,
        mayShare: true,
        upscale: false,
      },
      ...{prompt: null, negative: null, model: undefined, weights: {}, set: {}, flags: {}, seed: null},
      ...{name: null, after: [], retries: undefined, target: undefined},
    });
    return this.drive(this.#only(prepared));
  }

  get runner(): ReturnType<Parts['makeRunner']> {
    const onTrouble = (message: string): never => {
      throw new Error(message);
    };
    return this.#parts.makeRunner(this.workspace, {targets: this.#targets, actor: 'test', onTrouble});
  }

  #only(prepared: readonly Prepared[]): Prepared {
    const [only] = prepared;
    if (!only) throw new Error('nothing was prepared');
    return only;
  }
}
