/**
 * Cuts the power the moment an operation has said that it is done, and looks at what is on the disk. Then the same with each of
 * its syncs left out, one after the other: a rig that never notices proves nothing.
 */
import assert from 'node:assert/strict';
import {cp} from 'node:fs/promises';
import {join} from 'node:path';
import {findInTrash, listBatches} from '../../src/cas/trash/batches.ts';
import type {Digest} from '../../src/cas/digest.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {openWorkspace, type Workspace} from '../../src/workspace/workspace.ts';
import {makeBase, OPERATIONS, type Operation} from '../crash/operations.ts';
import {assertWhole, type Place} from '../crash/sweep.ts';
import {cosmos} from '../support/cli.ts';
import {cosmosFaultedAt, listCalls} from '../support/strace.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {Disk, type DiskKind} from './disk.ts';

interface Acknowledged extends Operation {
  /** What it has said holds, beyond what holds after every operation. */
  holds: (workspace: Workspace, runs: readonly RunDocument[]) => Promise<void>;
}

const PIN: Operation = {name: 'pin', args: ['pin', '{0}', '--name', 'keep'], done: /^Pinned as keep/m};

const HOLDS: Record<string, Acknowledged['holds']> = {
  'put, one blob': nothingElse,
  'put, a group': nothingElse,
  'put, there already': nothingElse,
  'document rewritten': async ({documents}, [run]) =>
    assert.equal((await documents.read('runs', run?.id ?? '')).rating, 4),
  pin: async ({documents}) => assert.equal((await documents.read('pins', 'keep')).name, 'keep'),
  delete: async ({documents}, [run]) =>
    assert.ok(!(await documents.listIds('runs')).includes(run?.id ?? ''), 'the run is back'),
  'gc, to the trash': async ({store}, [run]) => {
    const digest = run?.outputs[0]?.digest as Digest;
    assert.equal(await store.find(digest), undefined, 'the blob is back');
    assert.ok(await findInTrash(store.context, digest), 'the blob is gone');
  },
  'gc, trash emptied': async ({store}) => assert.deepEqual(await listBatches(store.context), []),
  'gc undo': async ({store}, [run]) => assert.ok(await store.find(run?.outputs[0]?.digest as Digest)),
};

async function nothingElse(): Promise<void> {
  // What was put is looked for by the digest that was printed.
}

export const ACKNOWLEDGED: readonly Acknowledged[] = [...OPERATIONS, PIN].flatMap((operation) => {
  const holds = HOLDS[operation.name];
  return holds ? [{...operation, holds}] : [];
});

export interface SyncRow {
  operation: string;
  /** What was not synced. */
  what: string;
  disk: DiskKind;
  isNoticed: boolean;
}

/**
 * @param below only the syncs of what is there, as `/storage/ingest/`
 * @returns undefined where the disk cannot be made; the number of blobs that were read after the cut, and the syncs
 */
export async function sweepPowerCuts(
  operation: Acknowledged,
  kind: DiskKind,
  below = '',
): Promise<{acknowledged: number; syncs: SyncRow[]} | undefined> {
  const base = join(await temporaryFolder('powercut'), 'films');
  const runs = await makeBase(base, operation);
  const disk = await Disk.make(kind);
  if (!disk) return undefined;
  try {
    const cwd = join(disk.folder, 'films');
    await cp(base, cwd, {recursive: true, preserveTimestamps: true});
    disk.keep();
    const cut = new PowerCut(operation, {disk, place: {cwd, runs}});
    const acknowledged = await cut.withAllSyncs();
    return {acknowledged, syncs: await cut.withoutEach(kind, below)};
  } finally {
    disk.unmount();
  }
}

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
  async withAllSyncs(): Promise<number> {
    this.#disk.restore();
    const ended = await cosmos(this.#args, {cwd: this.#place.cwd});
    await this.#disk.cutPower();
    assert.ok(this.#operation.done.test(ended.stdout), ended.stdout + ended.stderr);
    const acknowledged = await this.#assertKept(ended.stdout);
    const again = await cosmos(this.#args, {cwd: this.#place.cwd});
    const isDoneAlready = this.#operation.removes && /id\.unknown|usage\.invalid/.test(again.stderr);
    assert.ok(again.code === 0 || isDoneAlready, again.stderr);
    return acknowledged;
  }

  async withoutEach(disk: DiskKind, below: string): Promise<SyncRow[]> {
    const {cwd} = this.#place;
    this.#disk.restore();
    const rows: SyncRow[] = [];
    for (const [syscall, numbers] of await listCalls(this.#args, cwd, ['fsync', 'fdatasync'], below)) {
      for (const when of numbers) {
        this.#disk.restore();
        const ended = await cosmosFaultedAt(this.#args, cwd, {syscall, when, isLeftOut: true});
        await this.#disk.cutPower();
        const whats = new Set(
          ended.paths.filter((path) => path.startsWith(cwd)).map((path) => whatOf(path, cwd)),
        );
        const what = Array.from(whats).join(' and ');
        if (what === '') continue;
        const isNoticed = await this.#assertKept(ended.stdout).then(
          () => false,
          () => true,
        );
        rows.push({operation: this.#operation.name, what, disk, isNoticed});
      }
    }
    return rows;
  }

  async #assertKept(stdout: string): Promise<number> {
    const {cwd, runs} = this.#place;
    const acknowledged = await assertWhole(this.#operation, this.#place, stdout);
    const workspace = await openWorkspace(cwd, {actor: 'test'});
    try {
      await this.#operation.holds(workspace, runs);
    } finally {
      await workspace.close();
    }
    return acknowledged;
  }
}

const PLACES: readonly (readonly [RegExp, string])[] = [
  [/^storage\/catalog\//, 'the catalog'],
  [/^storage\/journal/, 'the journal'],
  [/^storage\/ingest\/.*\.part$/, 'the bytes of a blob'],
  [/^storage\/blobs\/sha256\/..$/, 'the folder of a blob'],
  [/^storage\/blobs\/sha256$/, 'the folder of those folders'],
  [/^storage\/trash/, 'the trash'],
  [/^manifests\/.*\.(part|json)/, 'the bytes of a document'],
  [/^manifests\//, 'the folder of a document'],
];

function whatOf(path: string, cwd: string): string {
  const below = path.slice(cwd.length + 1);
  return PLACES.find(([pattern]) => pattern.test(below))?.[1] ?? below.replaceAll(/[0-9a-f]{6,}/g, '…');
}

/** What was left out, where that was noticed, and by which operations. */
export function renderSyncs(rows: readonly SyncRow[], disks: readonly DiskKind[]): string {
  const whats = Array.from(new Set(rows.map(({what}) => what))).sort();
  const cell = (what: string, disk: DiskKind): string => {
    const tried = rows.filter((row) => row.what === what && row.disk === disk);
    const noticed = tried.filter(({isNoticed}) => isNoticed);
    const names = Array.from(new Set(noticed.map(({operation}) => operation)));
    return `${noticed.length} of ${tried.length}${names.length > 0 ? ` (${names.join('; ')})` : ''}`;
  };
  return [
    `| sync left out | ${disks.join(' | ')} |`,
    `|---|${disks.map(() => '---|').join('')}`,
    ...whats.map((what) => `| ${what} | ${disks.map((disk) => cell(what, disk)).join(' | ')} |`),
  ].join('\n');
}
