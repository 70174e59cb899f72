/**
 * Cuts the power the moment an operation has said that it is done, and looks at what is on the disk. Then the same with each of
 * its syncs left out, one after the other: a rig that never notices proves nothing.
 */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {cp} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {makeBase} from '../crash/operations.ts';
import type {Place} from '../crash/sweep.ts';
import {cosmos, REPOSITORY} from '../support/cli.ts';
import {placeInWorkspace} from '../support/places.ts';
import {cosmosFaultedAt, numbersNear, traceCalls, type Call, type Fault} from '../support/strace.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {Disk, type DiskKind} from './disk.ts';
import type {Acknowledged} from './operations.ts';

/** Where an operation begins. */
export interface Base {
  folder: string;
  runs: readonly RunDocument[];
}

/** One sync of an operation that was left out before the power was cut. */
export interface SyncRow {
  operation: string;
  disk: DiskKind;
  what: string;
  /** Of how many of what, in the order in which they are made. */
  nth: number;
  /** What was wrong afterwards; undefined where nothing was. */
  noticed: string | undefined;
}

export interface Swept {
  acknowledged: number;
  /** Blobs whose every byte was read. */
  blobs: number;
  syncs: SyncRow[];
}

const LOOK = join(REPOSITORY, 'test', 'powercut', 'look.ts');
const LOOK_MS = 60_000;

/** What an operation says that cannot be done twice. */
const DONE_ALREADY = /id\.unknown|usage\.invalid|document\.exists/;

/** What is not to be traced by name: it is another name in every run. */
const NAMED_ANEW = /\.part$|\/trash\/.|\/quarantine\/./;

export async function makeCutBase(operation: Acknowledged): Promise<Base> {
  const folder = join(await temporaryFolder('powercut'), 'films');
  return {folder, runs: await makeBase(folder, operation)};
}

/** @param isWanted which syncs are left out @throws at the first thing that was acknowledged and is lost */
export async function sweepPowerCuts(
  operation: Acknowledged,
  {kind, base}: {kind: DiskKind; base: Base},
  isWanted: (what: string) => boolean = () => true,
): Promise<Swept> {
  const disk = await Disk.make(kind);
  try {
    const cwd = join(disk.folder, 'films');
    await cp(base.folder, cwd, {recursive: true, preserveTimestamps: true});
    disk.keep();
    const cut = new PowerCut(operation, {disk, place: {cwd, runs: base.runs}});
    const kept = await cut.withAllSyncs();
    const syncs = await cut.withoutEach(isWanted);
    return {...kept, syncs: syncs.map((sync) => ({...sync, operation: operation.name, disk: kind}))};
  } finally {
    disk.drop();
  }
}

type Left = Pick<SyncRow, 'what' | 'nth' | 'noticed'>;
type Named = Call & {what: string; nth: number};

class PowerCut {
  readonly #operation: Acknowledged;
  readonly #args: readonly string[];
  readonly #disk: Disk;
  readonly #place: Place;

  constructor(operation: Acknowledged, {disk, place}: {disk: Disk; place: Place}) {
    this.#operation = operation;
    this.#disk = disk;
    this.#place = place;
    this.#args = operation.args.map((word) => word.replace('{0}', place.runs[0]?.id ?? ''));
  }

  /** @throws at the first thing that was said and is not so */
  async withAllSyncs(): Promise<Omit<Swept, 'syncs'>> {
    const {cwd} = this.#place;
    this.#disk.restore();
    const ended = await cosmos(this.#args, {cwd});
    await this.#disk.cutPower();
    assert.match(ended.stdout, this.#operation.done, ended.stderr);
    const kept = this.#look(ended.stdout);
    const again = await cosmos(this.#args, {cwd});
    assert.ok(again.code === 0 || DONE_ALREADY.test(again.stderr), again.stderr);
    return kept;
  }

  async withoutEach(isWanted: (what: string) => boolean): Promise<Left[]> {
    this.#disk.restore();
    const syncs = this.#name(await traceCalls(this.#args, this.#place.cwd, ['fsync', 'fdatasync']));
    assert.ok(syncs.length > 0);
    const left: Left[] = [];
    for (const sync of syncs.filter(({what}) => isWanted(what))) left.push(await this.#without(sync));
    return left;
  }

  /**
   * Where two threads make the call of one number on files that have another name in every run, both are left out and named.
   * @throws when no run leaves out this sync
   */
  async #without(sync: Named): Promise<Left> {
    const {what, nth, name: syscall, path} = sync;
    const isOther = NAMED_ANEW.test(path);
    const numbers = isOther ? numbersNear(sync.number) : [sync.numberOnPath];
    const seen: string[] = [];
    for (const when of numbers) {
      this.#disk.restore();
      const fault: Fault = {syscall, when, isLeftOut: true, path: isOther ? undefined : path};
      const ended = await cosmosFaultedAt(this.#args, this.#place.cwd, fault);
      const cut = this.#disk.cutPower();
      const hit = this.#name(ended.calls).filter(({isInjected}) => isInjected);
      const isIt = hit.some((call) => call.what === what && (!isOther || call.nth === nth));
      const others = hit.filter((call) => call.what !== what).map((call) => call.what);
      seen.push(hit.map((call) => `${call.what} ${call.nth}`).join(' and '));
      if (!isIt) {
        await cut;
        continue;
      }
      const noticed = await cut.then(() => this.#look(ended.stdout)).then(() => undefined, messageOf);
      assert.match(ended.stdout, this.#operation.done, ended.stderr);
      return {what: [what, ...others].join(', with '), nth, noticed};
    }
    throw new Error(`${what} ${nth} was never left out: ${seen.join('; ')}`);
  }

  /** Those on the workspace. */
  #name(calls: readonly Call[]): Named[] {
    const {cwd} = this.#place;
    const counts = new Map<string, number>();
    return calls.flatMap((call) => {
      const what = placeInWorkspace(cwd, call.path);
      if (what === undefined) return [];
      const nth = (counts.get(what) ?? 0) + 1;
      counts.set(what, nth);
      return [{...call, what, nth}];
    });
  }

  /** @throws what is wrong, in few words */
  #look(stdout: string): Omit<Swept, 'syncs'> {
    const {cwd, runs} = this.#place;
    const question = JSON.stringify({name: this.#operation.name, cwd, runs, stdout});
    const ended = spawnSync(process.execPath, ['--import', 'tsx', LOOK, question], {
      cwd: REPOSITORY,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      timeout: LOOK_MS,
      killSignal: 'SIGKILL',
    });
    const text = ended.output[3]?.toString() ?? '';
    if (text === '') throw new Error(`it cannot be opened: ${ended.signal ?? ended.stderr.toString()}`);
    const answer = JSON.parse(text) as Omit<Swept, 'syncs'> & {complaint?: string};
    if (answer.complaint !== undefined) throw new Error(answer.complaint);
    return answer;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
