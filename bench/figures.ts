/** The figures that cosmos must show; each compares it with a peer in the same run, or with a bound. */
import {readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {freshFolder, freshWorkspace, GIB, makeClip, makeFile, makeFiles, makeRuns} from './fixtures.ts';
import {
  cosmos,
  interleave,
  peakMegabytes,
  ROUNDS,
  run,
  secondsOf,
  type Contender,
  REPOSITORY,
} from './measure.ts';
import {benchManyPuts, benchMillion, benchProofs, benchPut} from './store-figures.ts';
import {absolute, ratio, type Figure} from './table.ts';
import {benchDownload, benchLatency, benchSmallFiles} from './transfers.ts';

export interface Bench {
  name: string;
  measure: (folder: string) => Promise<Figure[]>;
}

export const BENCHES: readonly Bench[] = [
  {name: 'version', measure: benchVersion},
  {name: 'small', measure: benchSmallPuts},
  {name: 'put', measure: benchPut},
  {name: 'many', measure: benchManyPuts},
  {name: 'verify', measure: benchVerify},
  {name: 'proofs', measure: benchProofs},
  {name: 'million', measure: benchMillion},
  {name: 'list', measure: benchList},
  {name: 'plan', measure: benchPlan},
  {name: 'memory', measure: benchMemory},
  {name: 'preview', measure: benchPreview},
  {name: 'thumbnails', measure: benchThumbnails},
  {name: 'download', measure: benchDownload},
  {name: 'latency', measure: benchLatency},
  {name: 'small-files', measure: benchSmallFiles},
];

async function benchVersion(): Promise<Figure[]> {
  const [ours = 0, bare = 1] = await interleave(
    [
      {name: 'cosmos --version', measure: () => secondsOf(cosmos(['--version']))},
      {name: 'node -e 0', measure: () => secondsOf({program: process.execPath, args: ['-e', '0']})},
    ],
    ROUNDS * 2,
  );
  return [ratio('cosmos --version / node -e 0', ours, bare, {atMost: 3.2})];
}

async function benchSmallPuts(folder: string): Promise<Figure[]> {
  const files = await makeFiles(join(folder, 'small'), 2000, 4096);
  const [ours = 1, bare = 0] = await interleave(
    [
      putContender(folder, files),
      {
        name: 'bare loop',
        prepare: () => freshFolder(join(folder, 'bare')),
        measure: () =>
          secondsOf({
            program: process.execPath,
            args: [join(REPOSITORY, 'bench', 'bare-writes.mjs'), join(folder, 'bare'), ...files],
          }),
      },
    ],
    // Each is short, and how long a sync takes depends on what else the disk does.
    ROUNDS * 3,
  );
  return [
    ratio('blob put of 2,000 x 4 KiB: speed / bare create + write + fdatasync + close', bare, ours, {
      atLeast: 0.6,
    }),
  ];
}

async function benchVerify(folder: string): Promise<Figure[]> {
  const root = await freshWorkspace(join(folder, 'deep'));
  const files = await makeFiles(join(folder, 'gib'), 8, GIB);
  await run(cosmos(['blob', 'put', ...files, '--name', 'eight'], {cwd: root}));
  await rm(join(folder, 'gib'), {recursive: true});
  const blobs = await blobFiles(root);
  await readAll(blobs);
  const [ours = 1, sha256sum = 0, ssl = 0, two = 1, one = 0] = await interleave([
    {name: 'verify --deep', measure: () => secondsOf(cosmos(['verify', '--deep'], {cwd: root}))},
    {name: 'sha256sum', measure: () => secondsOf({program: 'sha256sum', args: blobs})},
    {name: 'openssl', measure: () => secondsOf(openssl(blobs))},
    {name: 'two workers', measure: () => hashSeconds(root, 2)},
    {name: 'one worker', measure: () => hashSeconds(root, 1)},
  ]);
  return [
    ratio('verify --deep of 8 x 1 GiB: speed / sha256sum', sha256sum, ours, {atLeast: 4.5}),
    ratio('verify --deep of 8 x 1 GiB: speed / openssl dgst -sha256', ssl, ours, {atLeast: 1.5}),
    ratio('verify --deep of 8 x 1 GiB, after start: two workers / one', one, two, {atLeast: 1.6}),
  ];
}

async function benchList(folder: string): Promise<Figure[]> {
  const root = await makeRuns(join(folder, 'runs'), 20_000);
  const [seconds = 1, search = 1, filter = 1] = await interleave([
    {name: 'list', measure: () => secondsOf(cosmos(['list'], {cwd: root}))},
    {name: 'search', measure: () => secondsOf(cosmos(['search', 'warm', '777'], {cwd: root}))},
    {
      name: 'filter',
      measure: () => secondsOf(cosmos(['list', '--param', 'seed>5', '--rating', 'none'], {cwd: root})),
    },
  ]);
  const megabytes = await peakMegabytes(cosmos(['list'], {cwd: root}));
  return [
    absolute('cosmos list with 20,000 runs', seconds, 's', 0.5),
    absolute('cosmos list with 20,000 runs, memory', megabytes, 'MB', 150),
    absolute('cosmos search of two words in 20,000 runs', search, 's', 0.4),
    absolute('cosmos list with filters on parameters in 20,000 runs', filter, 's', 0.4),
  ];
}

async function benchPlan(folder: string): Promise<Figure[]> {
  const root = await freshWorkspace(join(folder, 'plan'));
  const scene = join(REPOSITORY, 'examples', 'scenes', 'city');
  const lines = Array.from({length: 500}, (_, seed) =>
    JSON.stringify({source: scene, seed, prompt: `look ${seed}`}),
  );
  const file = join(folder, 'batch.jsonl');
  await writeFile(file, `${lines.join('\n')}\n`);
  const [batch = 1, one = 1] = await interleave([
    {name: 'batch', measure: () => secondsOf(cosmos(['batch', file, '--dry-run'], {cwd: root}))},
    {name: 'run', measure: () => secondsOf(cosmos(['run', scene, '--dry-run'], {cwd: root}))},
  ]);
  return [
    absolute('cosmos batch of 500 runs, planned', batch, 's', 2),
    absolute('cosmos run of a scene, checked and planned', one, 's', 1),
  ];
}

async function benchMemory(folder: string): Promise<Figure[]> {
  const root = await freshWorkspace(join(folder, 'memory'));
  const file = await makeFile(join(folder, 'four'), 4 * GIB);
  const put = await peakMegabytes(cosmos(['blob', 'put', file], {cwd: root}));
  const verified = await peakMegabytes(cosmos(['verify', '--deep'], {cwd: root}));
  return [
    absolute('blob put of a 4 GiB file, memory', put, 'MB', 200),
    absolute('verify --deep of a 4 GiB file, memory', verified, 'MB', 200),
  ];
}

async function benchPreview(folder: string): Promise<Figure[]> {
  const root = await freshWorkspace(join(folder, 'preview'));
  const scene = join(REPOSITORY, 'examples', 'scenes', 'city');
  const [rate = 0] = await interleave([{name: 'preview', measure: () => previewRate(root, scene)}]);
  return [
    {
      what: 'preview of the sample scene, four controls',
      measured: `${rate.toFixed(1)} frames/s`,
      value: rate,
      bound: {atLeast: 20},
    },
  ];
}

async function benchThumbnails(folder: string): Promise<Figure[]> {
  const root = join(folder, 'thumbnails');
  const clip = await makeClip(join(folder, 'ten.mp4'), 10);
  const [added = 1, known = 1] = await interleave([
    {
      name: 'scene add',
      prepare: () => freshWorkspace(root),
      measure: () => secondsOf(cosmos(['scene', 'add', '--color', clip, '--name', 'ten'], {cwd: root})),
    },
    {
      name: 'again',
      measure: async () => {
        const seconds = await secondsOf(
          cosmos(['scene', 'add', '--color', clip, '--name', 'same'], {cwd: root}),
        );
        const {stdout} = await run(cosmos(['scene', 'show', 'same', '--json'], {cwd: root}));
        const {thumbnails} = JSON.parse(stdout) as {thumbnails: Record<string, unknown>};
        if (Object.keys(thumbnails).length !== 1) throw new Error('the clip has no thumbnails');
        return seconds;
      },
    },
  ]);
  return [
    absolute('facts and thumbnails of a 10 s clip of 1280x704, stored as a scene', added, 's', 2),
    absolute('the same under another name', known, 's', 1),
  ];
}

/** Frames per second as the preview program reports it: the whole preview, without the start of the supervisor. */
async function previewRate(root: string, scene: string): Promise<number> {
  await run(cosmos(['run', scene, '--json'], {cwd: root}));
  const [newest] = JSON.parse(
    (await run(cosmos(['list', '--limit', '1', '--json'], {cwd: root}))).stdout,
  ) as {id: string}[];
  const {stdout} = await run(cosmos(['logs', newest?.id ?? ''], {cwd: root}));
  return Number(/\(([\d.]+) frames\/s\)/.exec(stdout)?.[1]);
}

function putContender(folder: string, files: readonly string[]): Contender {
  const root = join(folder, 'put');
  return {
    name: 'blob put',
    prepare: () => freshWorkspace(root),
    measure: () => secondsOf(cosmos(['blob', 'put', ...files], {cwd: root})),
  };
}

/** Seconds that the verification itself took, and proof that it hashed everything. */
async function hashSeconds(root: string, workers: number): Promise<number> {
  const {stdout} = await run(
    cosmos(['verify', '--deep', '--json'], {cwd: root, env: {COSMOS_VERIFY_WORKERS: String(workers)}}),
  );
  const report = JSON.parse(stdout) as {elapsedMs: number; bytesHashed: number};
  if (report.bytesHashed !== 8 * GIB) throw new Error(`hashed ${report.bytesHashed} bytes instead of 8 GiB`);
  return report.elapsedMs / 1000;
}

function openssl(files: readonly string[]): {program: string; args: string[]} {
  return {program: 'openssl', args: ['dgst', '-sha256', ...files]};
}

async function blobFiles(root: string): Promise<string[]> {
  const entries = await readdir(join(root, 'storage', 'blobs'), {recursive: true, withFileTypes: true});
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Into the page cache. */
async function readAll(files: readonly string[]): Promise<void> {
  await run({program: 'cksum', args: files});
}
