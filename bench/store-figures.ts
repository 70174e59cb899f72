/** The store beside other stores: adding, proving, and what a store of a million blobs costs. */
import {mkdir, rm} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {freshWorkspace, GIB, makeFile, makeFiles} from './fixtures.ts';
import {makeLargeStore} from './large-store.ts';
import {secondsWithin} from './limited.ts';
import {
  cosmos,
  interleave,
  peakMegabytes,
  peakOwnMegabytes,
  REPOSITORY,
  run,
  secondsOf,
  type Command,
  type Contender,
  warmMemory,
} from './measure.ts';
import {adding, borg, cacache, gitAnnex, restic} from './peers.ts';
import {absolute, ratio, type Figure} from './table.ts';

export async function benchPut(folder: string): Promise<Figure[]> {
  const source = join(folder, 'source');
  await mkdir(source);
  const file = await makeFile(join(source, 'one'), GIB);
  const copy = join(folder, 'copy');
  const root = join(folder, 'put');
  const contenders: Contender[] = [
    {
      name: 'blob put',
      prepare: () => freshWorkspace(root),
      measure: () => secondsOf(cosmos(['blob', 'put', file], {cwd: root})),
    },
    {
      name: 'cp + sync',
      prepare: () => rm(copy, {force: true}),
      measure: () => secondsOf({program: 'cp', args: [file, copy]}, {program: 'sync', args: [copy]}),
    },
    {name: 'openssl', measure: () => secondsOf({program: 'openssl', args: ['dgst', '-sha256', file]})},
    adding(restic(folder, source)),
    adding(borg(folder, source)),
    gitAnnex(folder, source),
  ];
  const [ours = 1, copied = 0, hashed = 0, resticed = 0, borged = 0, annexed = 0] = await interleave(
    contenders.map((contender) => warmed(contender, folder)),
  );
  const what = 'blob put of 1 GiB, durable';
  return [
    ratio(`${what} / (cp + sync + openssl dgst)`, ours, copied + hashed, {atMost: 1}),
    ratio(`${what}: speed / restic backup`, resticed, ours, {atLeast: 1}),
    ratio(`${what}: speed / borg create`, borged, ours, {atLeast: 1}),
    ratio(`${what}: speed / git annex add`, annexed, ours, {atLeast: 1}),
  ];
}

export async function benchManyPuts(folder: string): Promise<Figure[]> {
  const source = join(folder, 'many');
  const files = await makeFiles(source, 10_000, 4096);
  const root = join(folder, 'put-many');
  const annexed = await once(gitAnnex(folder, source));
  const [ours = 1, resticed = 0, borged = 0, cached = 0] = await interleave([
    {
      name: 'blob put',
      prepare: () => freshWorkspace(root),
      measure: () => secondsOf(cosmos(['blob', 'put', ...files], {cwd: root})),
    },
    adding(restic(folder, source)),
    adding(borg(folder, source)),
    cacache(folder, source),
  ]);
  const what = 'blob put of 10,000 x 4 KiB, durable';
  return [
    ratio(`${what}: speed / git annex add`, annexed, ours, {atLeast: 5}),
    ratio(`${what} / restic backup, which packs`, ours, resticed, {atMost: 2}),
    ratio(`${what} / borg create, which packs`, ours, borged, {atMost: 2}),
    ratio(`${what} / cacache, not durable`, ours, cached),
  ];
}

export async function benchProofs(folder: string): Promise<Figure[]> {
  const source = join(folder, 'source');
  const files = await makeFiles(source, 16, GIB / 4);
  const root = join(folder, 'proven');
  await freshWorkspace(root);
  await run(cosmos(['blob', 'put', ...files, '--name', 'all'], {cwd: root}));
  const peers = [restic(folder, source), borg(folder, source)];
  for (const {make, add} of peers) {
    await make();
    await run(add);
  }
  await rm(source, {recursive: true});
  const [ours = 1, started = 1, memory = 0, cache = 0, resticed = 0, borged = 0] = await interleave([
    {name: 'verify --deep', measure: () => secondsOf(cosmos(['verify', '--deep'], {cwd: root}))},
    {name: 'verify --deep, after its start', measure: () => verifySeconds(root)},
    {name: 'one thread, from memory', measure: () => secondsFrom(hashMemory(4 * GIB, GIB / 16))},
    {name: 'one thread, from its cache', measure: () => secondsFrom(hashMemory(4 * GIB, GIB / 1024))},
    ...peers.map(({name, prove}) => ({name: `${name}, prove`, measure: () => secondsOf(prove)})),
  ]);
  const what = 'verify --deep of 4 GiB in 16 blobs';
  const cores = availableParallelism();
  return [
    ratio(`${what}: speed / restic check --read-data`, resticed, ours, {atLeast: 4}),
    ratio(`${what}: speed / borg check --verify-data`, borged, ours, {atLeast: 3}),
    ratio(
      `the same, after its start: speed / ${cores} threads hashing from memory`,
      memory / cores,
      started,
      {atLeast: 0.75},
    ),
    ratio(`the same: speed / ${cores} threads hashing what stays in the cache`, cache / cores, started),
  ];
}

const MEGABYTES = 500;
const LARGE = {blobs: 1_000_000, runs: 20_000, dead: 1000};

export async function benchMillion(folder: string): Promise<Figure[]> {
  const root = await makeLargeStore(join(folder, 'million'), LARGE);
  const verify = cosmos(['verify'], {cwd: root});
  const look = cosmos(['gc', '--dry-run'], {cwd: root});
  const collect = cosmos(['gc', '--grace', '0s', '--json'], {cwd: root});
  const undo = () => run(cosmos(['gc', 'undo'], {cwd: root}));
  const [verified = 0, looked = 0, collected = 0] = await interleave(
    [
      {name: 'verify', measure: () => secondsOf(verify)},
      {name: 'gc --dry-run', measure: () => secondsOf(look)},
      {
        name: 'gc',
        measure: async () => {
          const {seconds, stdout} = await run(collect);
          sayPhases(stdout);
          await undo();
          return seconds;
        },
      },
    ],
    3,
  );
  const what = '1,000,000 blobs, 20,000 runs';
  return [
    absolute(`verify, quick, ${what}`, verified, 's', 30),
    ...(await memoryOf(verify, 30)),
    absolute(`gc --dry-run, ${what}`, looked, 's', 30),
    ...(await memoryOf(look, 30)),
    absolute('gc of 1,000 dead among them', collected, 's', 10),
    ...(await memoryOf(collect, 10, undo)),
  ];
}

/**
 * The catalog is mapped, and its pages are counted as the program's while the system keeps them anyway: so what the command
 * needs is tried, too.
 */
async function memoryOf(
  command: Command,
  most: number,
  restore: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Figure[]> {
  const catalog = join(command.cwd ?? '', 'storage', 'catalog', 'data.mdb');
  const seconds = await secondsWithin(command, MEGABYTES, [catalog]);
  await restore();
  const own = await peakOwnMegabytes(command);
  await restore();
  const all = await peakMegabytes(command);
  await restore();
  return [
    absolute('the same, memory of its own', own, 'MB', MEGABYTES),
    absolute('the same, with the pages of the catalog', all, 'MB'),
    ...(seconds === undefined
      ? []
      : [absolute(`the same where it is given no more than ${MEGABYTES} MB`, seconds, 's', most)]),
  ];
}

/** @throws Error when not all that is dead was collected */
function sayPhases(report: string): void {
  const {phases, condemned} = JSON.parse(report) as {phases: Record<string, number>; condemned: unknown[]};
  if (condemned.length !== LARGE.dead) throw new Error(`${condemned.length} blobs were collected`);
  const words = Object.entries(phases).map(([name, ms]) => `${name} ${(ms / 1000).toFixed(2)}`);
  process.stderr.write(`  gc, seconds: ${words.join(', ')}\n`);
}

/** What takes minutes each time, and is far off. */
async function once({name, prepare, measure}: Contender): Promise<number> {
  await prepare?.();
  const value = await measure();
  process.stderr.write(`  ${name}, once: ${value.toFixed(2)}\n`);
  return value;
}

/** Before each time, as the last thing. */
function warmed(contender: Contender, folder: string): Contender {
  return {
    ...contender,
    prepare: async () => {
      await contender.prepare?.();
      await warmMemory(folder);
    },
  };
}

function hashMemory(bytes: number, blockBytes: number): Command {
  const args = [bytes, blockBytes].map(String);
  return {program: process.execPath, args: [join(REPOSITORY, 'bench', 'hash-memory.mjs'), ...args]};
}

/** Without the start of Node and of the command, as it has counted. */
async function verifySeconds(root: string): Promise<number> {
  const {stdout} = await run(cosmos(['verify', '--deep', '--json'], {cwd: root}));
  return (JSON.parse(stdout) as {elapsedMs: number}).elapsedMs / 1000;
}

/** The seconds that the program itself has counted. */
async function secondsFrom(command: Command): Promise<number> {
  return Number((await run(command)).stdout);
}
