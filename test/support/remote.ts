/**
 * A rented box and somebody who uses it: a real sshd, a root folder on it, and a workspace with a home of its own that
 * knows the box as the target `box` and trusts its key. Jobs are run by test/programs/remote-job.sh.
 */
import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {appendFile, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {parseNewTarget, writeTarget} from '../../src/workspace/target-file.ts';
import {
  cosmos,
  cosmosJson,
  makeCliWorkspace,
  outcomeOf,
  startCosmos,
  REPOSITORY,
  type Outcome,
} from './cli.ts';
import {IMAGE, type Engine} from './engine.ts';
import {hasSshd, publicKeyOf, startSshd, type Sshd, type SshdOptions} from './sshd.ts';
import {assertSound} from './sound.ts';
import {temporaryFolder} from './temporary.ts';

const PROGRAM = join(REPOSITORY, 'test', 'programs', 'remote-job.sh');
const KINDS = ['copy', 'fresh', 'wait', 'fail', 'big', 'fill', 'many', 'crowd', 'noise', 'hungry'];

export interface RemoteOptions {
  sshd: Sshd;
  /** Where the target is reached; default where the server listens. */
  port?: number;
  /** The folder on the box; default a new one. */
  root?: string;
  /** Default an empty one. */
  home?: string;
  /** More words of `target add`, such as `price=2`. */
  settings?: readonly string[];
  /** Jobs go into containers of the engine. */
  engine?: Pick<Engine, 'name'>;
  /** How many GPUs every job asks for. */
  gpus?: number;
}

export interface Box {
  workspace: string;
  root: string;
  home: string;
  /** Gets a line for each start of a job. */
  starts: string;
  env: Record<string, string>;
}

const boxes = new Set<Box>();
const clients = new Set<ChildProcess>();

/** Gives a suite a server, on a machine as the options say; skips it where there is none, and ends after each test what runs on its boxes. */
export function useSshd(options: () => Promise<SshdOptions> = () => Promise.resolve({})): () => Sshd {
  let sshd: Sshd | undefined;
  before(async function () {
    if (!hasSshd()) this.skip();
    sshd = await startSshd(await options());
  });
  afterEach(endBoxes);
  after(() => sshd?.stop());
  return () => {
    if (!sshd) throw new Error('the suite has no server');
    return sshd;
  };
}

/** A workspace whose target `box` is ready; `endBoxes` ends what runs there. */
export async function makeBox(options: RemoteOptions): Promise<Box> {
  const {sshd, port = sshd.port, settings = [], engine} = options;
  const place = await temporaryFolder('box');
  const home = options.home ?? join(place, 'home');
  const starts = join(place, 'starts');
  await mkdir(home, {recursive: true});
  const box: Box = {
    workspace: await makeCliWorkspace(modelsFor(starts, options.gpus ?? 0)),
    root: options.root ?? join(place, 'root'),
    home,
    starts,
    env: {HOME: home, XDG_CONFIG_HOME: join(home, '.config')},
  };
  boxes.add(box);
  const launcher = engine === undefined ? ['launcher=process'] : containerSettings(engine, place);
  const words = [`key=${sshd.userKey}`, `root=${box.root}`, ...launcher, ...settings];
  await addTarget(box, `${sshd.user}@${sshd.address}:${port}`, words);
  await trust(box, sshd, port);
  return box;
}

/** What `target add` does, without a process of its own: most tests are not about it. */
async function addTarget({env}: Box, address: string, words: readonly string[]): Promise<void> {
  const file = join(env.XDG_CONFIG_HOME ?? '', 'cosmos', 'cosmos.toml');
  await writeTarget(file, 'box', parseNewTarget(address, words));
}

/** What `target trust` does, likewise; also before the target is at the port. */
export async function trust({home}: Box, {address, hostKeys}: Sshd, port: number): Promise<void> {
  await mkdir(join(home, '.ssh'), {recursive: true, mode: 0o700});
  const lines = hostKeys.map((key) => `[${address}]:${port} ${publicKeyOf(key)}\n`);
  await appendFile(join(home, '.ssh', 'known_hosts'), lines.join(''));
}

/** Containers see the programs of the jobs, and the place where they note their starts. */
function containerSettings({name}: Pick<Engine, 'name'>, place: string): string[] {
  const mounts = [`${dirname(PROGRAM)}:${dirname(PROGRAM)}:ro`, `${place}:${place}`];
  return [`image=${IMAGE}`, `runtime=${JSON.stringify([name])}`, `mounts=${JSON.stringify(mounts)}`];
}

function modelsFor(starts: string, gpus: number): string {
  const tables = KINDS.map(
    (kind) => `[models.${kind}]
argv = ["sh", ${JSON.stringify(PROGRAM)}, "${kind}", ${JSON.stringify(starts)}, "{inputs.text}", "{outputs}"]
inputs = ["text"]
gpus = ${gpus}
outputs = [{name = "copy.txt", role = "output", mediaType = "text/plain", primary = true}]
`,
  );
  return tables.join('\n');
}

/** Runs cosmos in the workspace of the box. */
export function cosmosAt(
  {workspace, env}: Box,
  args: readonly string[],
  more: Record<string, string> = {},
): Promise<Outcome> {
  return cosmos(args, {cwd: workspace, env: {...env, ...more}});
}

/** The same with --json. */
export function jsonAt<T>({workspace, env}: Box, args: readonly string[]): Promise<T> {
  return cosmosJson<T>(args, {cwd: workspace, env});
}

/** Stopped at a pause point where one is named; ended with the boxes. */
export function startAt({workspace, env}: Box, args: readonly string[], pauseAt?: string): ChildProcess {
  const pause = pauseAt === undefined ? {} : {COSMOS_PAUSE_AT: pauseAt};
  const child = startCosmos(args, {cwd: workspace, env: {...env, ...pause}});
  clients.add(child);
  return child;
}

/** @throws when it fails */
export async function succeed(box: Box, args: readonly string[]): Promise<string> {
  const {code, stdout, stderr} = await cosmosAt(box, args);
  if (code !== 0) throw new Error(`cosmos ${args.join(' ')}: ${String(code)}\n${stdout}${stderr}`);
  return stdout;
}

/** Starts a job of test/programs/remote-job.sh and leaves it as soon as it runs. */
export function runDetached(box: Box, kind: string): Promise<RunDocument> {
  return jsonAt<RunDocument>(box, [...runArgs(kind), '--detach']);
}

export function runArgs(kind: string): string[] {
  return ['run', 'request.json', '--model', kind, '--target', 'box'];
}

/** Carries every open run on until all have ended, at most for so long, then says how the run stands. */
export async function settle(box: Box, id: string, seconds = 40): Promise<RunDocument> {
  await jsonAt(box, ['status', '--wait', String(seconds)]);
  return showRun(box, id);
}

/** The document as it lies in the workspace; by its whole id. */
export async function showRun({workspace}: Pick<Box, 'workspace'>, id: string): Promise<RunDocument> {
  return JSON.parse(await readFile(join(runsFolder(workspace), `${id}.json`), 'utf8')) as RunDocument;
}

/** The id of the only run of a workspace. */
export async function onlyRun({workspace}: Box): Promise<string> {
  const names = (await readdir(runsFolder(workspace))).filter((name) => name.endsWith('.json'));
  const [name] = names;
  if (name === undefined || names.length !== 1) throw new Error(`there are ${names.length} runs`);
  return name.slice(0, -'.json'.length);
}

function runsFolder(workspace: string): string {
  return join(workspace, 'manifests', 'runs');
}

/** Lets jobs of the kind `wait` end. */
export async function letGo({starts}: Box): Promise<void> {
  await writeFile(`${starts}.go`, '');
}

/** How often jobs were started on the box. */
export async function countStarts({starts}: Box): Promise<number> {
  const text = await readFile(starts, 'utf8').catch(() => '');
  return text.split('\n').length - 1;
}

/** Folder of a run's first attempt. */
export function attemptFolder({root}: Box, id: string): string {
  return join(root, 'jobs', id, 'attempts', '1');
}

/** Waits until it is so. */
export async function until(
  isSo: () => Promise<boolean> | boolean,
  what = 'it',
  seconds = 60,
): Promise<void> {
  for (let tries = 0; tries < seconds * 20; tries += 1) {
    if (await isSo()) return;
    await sleep(50);
  }
  throw new Error(`${what} never came`);
}

/** Every process of supervisors and jobs below a root folder. */
export function processesBelow(root: string): {pid: number; command: string}[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const command = readProc(name, 'cmdline').replaceAll('\0', ' ');
      const environment = readProc(name, 'environ').split('\0');
      const isSupervisor = command.includes(`${root}/bin/`) && command.includes(`${root}/jobs/`);
      const isJob = environment.some((value) => value.startsWith(`COSMOS_OUTPUTS=${root}/`));
      return isSupervisor || isJob ? [{pid: Number(name), command}] : [];
    });
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** What a loss of power does: everything that cosmos has on the box is gone at once, the files stay. */
export async function killBelow(root: string): Promise<void> {
  for (;;) {
    const found = processesBelow(root);
    if (found.length === 0) return;
    for (const {pid} of found) kill(pid);
    await sleep(20);
  }
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Ends everything that was started on the boxes of a test; for `afterEach`. */
export async function endBoxes(): Promise<void> {
  for (const child of clients) child.kill('SIGKILL');
  clients.clear();
  for (const {root} of boxes) await killBelow(root);
  boxes.clear();
}

/** The run is at home, whole, and its job was started once. */
export async function assertHome(box: Box, run: RunDocument): Promise<void> {
  assert.equal(run.status, 'completed', JSON.stringify(run.failure));
  assert.equal(await countStarts(box), 1);
  await assertSound(box.workspace);
  assert.ok(run.outputs.some(({name}) => name === 'copy.txt'));
}

/** Follows a job in a process of its own, which has reached the box once this resolves; `ended` is how it ends. */
export async function follow(box: Box, id: string): Promise<{ended: Promise<Outcome>}> {
  const child = startAt(box, ['attach', id]);
  const ended = outcomeOf(child);
  let progress = '';
  child.stderr?.on('data', (text: string) => (progress += text));
  await until(() => progress.includes('running') || child.exitCode !== null, 'the first round');
  return {ended};
}

/** Starts a job of the kind `wait`, and waits until it really runs. */
export async function startWaiting(box: Box): Promise<string> {
  const {id} = await runDetached(box, 'wait');
  await until(async () => (await countStarts(box)) === 1, 'the job');
  return id;
}
