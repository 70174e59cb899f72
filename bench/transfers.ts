/**
 * Moving bytes over SSH beside OpenSSH's own programs, against a server on the loopback and through a proxy that adds
 * delay. Ours are hashed and durable when the clock stops, theirs are neither.
 */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {cp, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {digestOf, type Digest} from '../src/cas/digest.ts';
import {startFaultProxy} from '../test/support/fault-proxy.ts';
import {startSshd, type Sshd} from '../test/support/sshd.ts';
import {GIB, makeFile, makeFiles} from './fixtures.ts';
import {
  cosmos,
  interleave,
  REPOSITORY,
  run,
  runReady,
  secondsOf,
  type Command,
  type Contender,
  warmMemory,
} from './measure.ts';
import {ratio, type Figure} from './table.ts';
import type {TransferResult, TransferTask} from './transfer-client.ts';

/** 1 Gb/s. */
const LINE_BYTES_PER_SECOND = 125e6;

interface Line {
  sshd: Sshd;
  /** Of the server, or of the proxy before it. */
  port: number;
  folder: string;
  /** The most memory of any client so far. */
  peakMegabytes: number;
}

export async function benchDownload(folder: string): Promise<Figure[]> {
  return withServer(folder, 0, async (line) => {
    const file = await makeFile(join(folder, 'remote'), GIB);
    const [ours = 1, scp = 0, gcm = 0] = await interleave([
      await clientContender(line, [file]),
      scpContender(line, file, []),
      scpContender(line, file, ['-c', 'aes128-gcm@openssh.com']),
    ]);
    return [
      ratio('download of 1 GiB, loopback: speed / scp', scp, ours, {atLeast: 0.9}),
      ratio('download of 1 GiB, loopback: speed / scp -c aes128-gcm', gcm, ours),
      memory('download of 1 GiB, memory', line),
    ];
  });
}

export async function benchLatency(folder: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [roundTripMs, atLeast] of [
    [20, 1],
    [80, 1.7],
  ] as const) {
    figures.push(
      ...(await withServer(folder, roundTripMs, (line) => measureLatency(line, roundTripMs, atLeast))),
    );
  }
  return figures;
}

async function measureLatency(line: Line, roundTripMs: number, atLeast: number): Promise<Figure[]> {
  const file = await makeFile(join(line.folder, 'remote'), GIB / 4);
  const contenders = [await clientContender(line, [file]), scpContender(line, file, [])];
  const [ours = 1, scp = 0] = await interleave(contenders);
  const what = `download of 256 MiB at ${roundTripMs} ms`;
  const rate = GIB / 4 / 1e6 / ours;
  return [
    ratio(`${what}: speed / scp`, scp, ours, {atLeast}),
    {
      what: `${what}: MB/s of the ${LINE_BYTES_PER_SECOND / 1e6} that the proxy lets through`,
      measured: rate.toFixed(0),
      value: rate,
      bound: {atLeast: 0},
    },
    memory(`${what}, memory`, line),
  ];
}

export async function benchSmallFiles(folder: string): Promise<Figure[]> {
  return withServer(folder, 20, async (line) => {
    const remote = join(folder, 'remote-files');
    const files = await makeFiles(remote, 2000, 4096);
    const sftp: Contender = {
      name: 'sftp get -r',
      prepare: () => rm(join(folder, 'got'), {recursive: true, force: true}),
      measure: async () => {
        const batch = join(folder, 'batch');
        await writeFile(batch, `get -r ${remote} ${join(folder, 'got')}\n`);
        return secondsOf({
          program: 'sftp',
          args: ['-q', '-P', `${line.port}`, ...sshOptions(line), '-b', batch, host(line)],
        });
      },
    };
    // One of theirs takes minutes, so there is one round of it.
    const theirs = await sftp.measure();
    const [ours = 1] = await interleave([await clientContender(line, files)]);
    return [
      ratio('2,000 x 4 KiB at 20 ms: speed / sftp get -r', theirs, ours, {atLeast: 20}),
      memory('2,000 x 4 KiB at 20 ms, memory', line),
    ];
  });
}

async function withServer(
  folder: string,
  roundTripMs: number,
  measure: (line: Line) => Promise<Figure[]>,
): Promise<Figure[]> {
  const sshd = await startSshd();
  const proxy = await startFaultProxy({
    port: sshd.port,
    delayMs: roundTripMs / 2,
    bytesPerSecond: LINE_BYTES_PER_SECOND,
  });
  try {
    const port = roundTripMs === 0 ? sshd.port : proxy.port;
    await writeFile(
      sshd.knownHostsFile,
      sshd.knownHosts.map((words) => `${words.replace(/:\d+/, `:${port}`)}\n`),
    );
    return await measure({sshd, port, folder, peakMegabytes: 0});
  } finally {
    await proxy.close();
    await sshd.stop();
  }
}

/** Each round begins with an empty store; what arrived is compared with what was sent. */
async function clientContender(line: Line, paths: string[]): Promise<Contender> {
  const root = join(line.folder, 'home');
  const empty = join(line.folder, 'empty');
  await rm(empty, {recursive: true, force: true});
  await run(cosmos(['init', empty]));
  const expected = await Promise.all(paths.map(digestOfFile));
  const {port, sshd} = line;
  const {user, userKey, knownHostsFile} = sshd;
  const task: TransferTask = {port, user, userKey, knownHostsFile, workspace: root, paths, digests: expected};
  let go: (() => Promise<string>) | undefined;
  return {
    name: 'cosmos',
    prepare: async () => {
      await rm(root, {recursive: true, force: true});
      await cp(empty, root, {recursive: true});
      go = await runReady(client(task));
      await warmMemory(line.folder);
    },
    measure: async () => {
      const result = JSON.parse((await go?.()) ?? '') as TransferResult;
      if (result.digests.join() !== expected.join()) throw new Error('what arrived is not what was sent');
      line.peakMegabytes = Math.max(line.peakMegabytes, result.peakMegabytes);
      return result.seconds;
    },
  };
}

function client(task: TransferTask): Command {
  const program = join(REPOSITORY, 'bench', 'transfer-client.ts');
  return {program: process.execPath, args: ['--import=tsx', program, JSON.stringify(task)], cwd: REPOSITORY};
}

function scpContender(line: Line, file: string, options: string[]): Contender {
  const copy = join(line.folder, 'copy');
  const args = ['-q', '-P', `${line.port}`, ...sshOptions(line), ...options, `${host(line)}:${file}`, copy];
  return {
    name: ['scp', ...options].join(' '),
    prepare: async () => {
      await rm(copy, {force: true});
      await warmMemory(line.folder);
    },
    measure: () => secondsOf({program: 'scp', args}),
  };
}

function sshOptions({sshd}: Line): string[] {
  return [
    '-F',
    'none',
    '-i',
    sshd.userKey,
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    `UserKnownHostsFile=${sshd.knownHostsFile}`,
  ];
}

function host({sshd}: Line): string {
  return `${sshd.user}@127.0.0.1`;
}

async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return digestOf(hash.digest('hex'));
}

function memory(what: string, {peakMegabytes}: Line): Figure {
  return {what, measured: `${peakMegabytes.toFixed(0)} MB`, value: peakMegabytes, bound: {atMost: 250}};
}
