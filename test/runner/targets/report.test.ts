import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {chmod, writeFile} from 'node:fs/promises';
import {userInfo} from 'node:os';
import {join} from 'node:path';
import type {CommandRunner} from '../../../src/runner/target.ts';
import {parseReport, readReport, type ReportRequest} from '../../../src/runner/targets/report.ts';
import {temporaryFolder} from '../../support/temporary.ts';

const REQUEST: ReportRequest = {
  root: '/',
  image: null,
  isTrying: false,
  folders: {},
  files: [],
  runtime: null,
};

/** Runs the words here, with programs of the test before those of the system. */
function runnerWith(bin: string): CommandRunner {
  return {
    exec: ([program = '', ...words], {stdin} = {}) =>
      new Promise((resolve) => {
        const env = {...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`};
        const child = execFile(program, words, {env}, (error, stdout, stderr) => {
          resolve({code: error ? Number(error.code ?? 1) : 0, signal: null, stdout, stderr});
        });
        child.stdin?.end(stdin);
      }),
  };
}

async function program(bin: string, name: string, body: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`);
  await chmod(join(bin, name), 0o755);
}

describe('readReport', function () {
  if (process.platform === 'win32') return;
  let bin: string;

  beforeEach(async () => {
    bin = await temporaryFolder('bin');
  });

  it('tells system, user and space', async () => {
    const report = await readReport(runnerWith(bin), {...REQUEST, root: join(bin, 'not', 'yet')});
    assert.match(report.system, /^\w+ /);
    assert.ok((report.freeBytes ?? 0) > 0);
    assert.equal(report.isWritable, true);
    assert.deepEqual(report.problems, []);
  });

  it('names every folder that is missing', async () => {
    const folders = {checkout: bin, checkpoints: join(bin, 'none'), hfCache: join(bin, "it's")};
    const {problems} = await readReport(runnerWith(bin), {...REQUEST, folders});
    assert.deepEqual(problems, [
      `checkpoints: there is no folder ${join(bin, 'none')}`,
      `hfCache: there is no folder ${join(bin, "it's")}`,
    ]);
  });

  it('names files that are missing or empty', async () => {
    const [whole, empty, absent] = ['whole', 'empty', 'absent'].map((name) => join(bin, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(whole, 'weights');
    await writeFile(empty, '');
    const {problems} = await readReport(runnerWith(bin), {...REQUEST, files: [whole, empty, absent]});
    assert.deepEqual(problems, [`${empty} is not there, or empty`, `${absent} is not there, or empty`]);
  });

  it('reads GPUs as nvidia-smi lists them', async () => {
    const lines = [
      '0, NVIDIA H100 80GB HBM3, GPU-a1, 550.90.07, 81559, 1024, 37, 41, 123.45',
      '1, NVIDIA A10, GPU-b2, 550.90.07, 23028, 0, [N/A], [N/A], [Not Supported]',
    ];
    await program(bin, 'nvidia-smi', `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')}`);
    const {gpus} = await readReport(runnerWith(bin), REQUEST);
    assert.deepEqual(gpus[0], {
      index: 0,
      name: 'NVIDIA H100 80GB HBM3',
      uuid: 'GPU-a1',
      driver: '550.90.07',
      memoryTotalMiB: 81559,
      memoryUsedMiB: 1024,
      utilisationPercent: 37,
      temperatureC: 41,
      powerW: 123.45,
    });
    assert.equal(gpus[1]?.memoryUsedMiB, 0);
    assert.equal(gpus[1].utilisationPercent, null);
    assert.equal(gpus[1].powerW, null);
  });

  it('takes numbers only for what the driver measured', async () => {
    const lines = [
      // MIG is on, in a container without rights; a driver that writes units; one that has lost a GPU.
      '0, NVIDIA A100-SXM4-80GB, GPU-c3, 535.161.08, [Insufficient Permissions], [Insufficient Permissions], [N/A], 47, ERR!',
      '1, Tesla K80, GPU-d4, 470.82.01, 11441 MiB, 0 MiB, 3 %, 38, 26.10 W',
      '2, NVIDIA H200, GPU-e5, 550.90.07, [GPU is lost], [Unknown Error], [Not Supported], [GPU requires reset]',
    ];
    const complaint = 'WARNING: infoROM is corrupted at gpu 0000:0F:00.0';
    await program(bin, 'nvidia-smi', `printf '%s\\n' '${[...lines, complaint].join("' '")}'; exit 14`);
    const {gpus, problems, warnings} = await readReport(runnerWith(bin), REQUEST);
    const numbers = gpus.map((gpu) => [
      ...[gpu.memoryTotalMiB, gpu.memoryUsedMiB, gpu.utilisationPercent, gpu.temperatureC, gpu.powerW],
    ]);
    assert.deepEqual(numbers, [
      [null, null, null, 47, null],
      [11_441, 0, 3, 38, 26.1],
      [null, null, null, null, null],
    ]);
    assert.deepEqual(
      gpus.map(({index, uuid}) => [index, uuid]),
      [
        [0, 'GPU-c3'],
        [1, 'GPU-d4'],
        [2, 'GPU-e5'],
      ],
    );
    assert.deepEqual(problems, []);
    assert.ok(warnings.includes(`nvidia-smi says: ${complaint}`));
  });

  it('says what nvidia-smi says when it fails', async () => {
    await program(bin, 'nvidia-smi', 'echo "Driver/library version mismatch"; exit 18');
    const {gpus, problems} = await readReport(runnerWith(bin), REQUEST);
    assert.deepEqual(gpus, []);
    assert.deepEqual(problems, ['nvidia-smi does not work: Driver/library version mismatch']);
  });

  it('tells a broken runtime from a missing image', async () => {
    const request = {...REQUEST, image: 'model:1', runtime: ['runtime', '--flag']};
    // A client has a version of its own when its engine is down.
    const down =
      'case "$2" in --version) echo client 27.0;; *) echo "Cannot connect to the daemon" >&2; exit 1;; esac';
    await program(bin, 'runtime', down);
    const broken = await readReport(runnerWith(bin), request);
    assert.deepEqual(broken.problems, [
      'the container runtime "runtime --flag" does not work: Cannot connect to the daemon',
    ]);
    await program(
      bin,
      'runtime',
      'case "$2" in version) echo 27.0;; *) echo "No such image" >&2; exit 1;; esac',
    );
    const empty = await readReport(runnerWith(bin), request);
    assert.equal(empty.runtime, '27.0');
    assert.deepEqual(empty.problems, [
      'the image model:1 is not there; build it there, or bring it with "runtime --flag pull model:1"',
    ]);
  });

  it('names a runtime that is not there', async () => {
    const {problems} = await readReport(runnerWith(bin), {...REQUEST, runtime: ['absent-runtime', '-x']});
    assert.deepEqual(problems, [
      'the container runtime "absent-runtime -x" does not work: there is no program absent-runtime',
    ]);
  });

  it('says that nothing waits in line without flock', () => {
    const {canQueue, warnings} = parseReport('tool.flock\tno\n', REQUEST);
    assert.equal(canQueue, false);
    assert.match(warnings.join('\n'), /queueing is off, as the program flock is not there/);
    assert.deepEqual(parseReport('tool.flock\tyes\n', REQUEST).warnings, []);
  });

  it('says why a container could not start', async () => {
    const body =
      'case "$1" in version) echo 27.0;; image) echo sha256:abc;; run) echo "no space left" >&2; exit 125;; esac';
    await program(bin, 'runtime', body);
    const request = {...REQUEST, image: 'model:1', runtime: ['runtime'], isTrying: true};
    const {problems, image} = await readReport(runnerWith(bin), request);
    assert.equal(image?.id, 'sha256:abc');
    assert.deepEqual(problems, ['a container of model:1 could not be started: no space left']);
  });

  it('asks the runtime for its words for GPUs', async () => {
    await program(bin, 'nvidia-smi', 'echo "0, A10, GPU-a1, 550, 1, 1, 1, 1, 1"; echo "1, A10, GPU-b2, 550"');
    const request = {...REQUEST, image: 'model:1', runtime: ['runtime'], isTrying: true};
    const answers = 'case "$1" in image) echo sha256:abc;; run) echo "$*" >&2; exit 1;; esac';
    const wordsOf = async (said: string): Promise<string> => {
      await program(bin, 'runtime', `${said}\n${answers}`);
      return (await readReport(runnerWith(bin), request)).problems.join();
    };
    const byUuid = '--gpus "device=GPU-a1,GPU-b2" --entrypoint sh';
    const byDevice = '--device nvidia.com/gpu=GPU-a1 --device nvidia.com/gpu=GPU-b2 --entrypoint sh';
    for (const [said, words] of [
      ['[ "$1" != --version ] || echo "Docker version 28.2.2"; [ "$1" != version ] || echo 28.2.2', byUuid],
      ['[ "$1" != --version ] || echo "podman version 3.4.4"; [ "$1" != version ] || echo 3.4.4', byDevice],
      [
        '[ "$1" != --version ] || echo "Docker version 28"; [ "$1" != version ] || echo " Podman Engine:"',
        byDevice,
      ],
    ] as const)
      assert.ok((await wordsOf(said)).includes(words), said);
  });

  it('warns where logout ends what was left running', async () => {
    const warned = async (): Promise<string> =>
      (await readReport(runnerWith(bin), REQUEST)).warnings.join('\n');
    await program(bin, 'busctl', 'printf "b true\\nas 0\\nas 0\\n"');
    await program(bin, 'loginctl', 'echo yes');
    await program(bin, 'systemd-run', 'exit 1');
    assert.match(await warned(), /KillUserProcesses=no/);
    await program(bin, 'systemd-run', 'exit 0');
    assert.doesNotMatch(await warned(), /logout/);
    await program(bin, 'loginctl', 'echo no');
    assert.match(await warned(), /enable-linger/);
    const user = userInfo().username;
    await program(bin, 'busctl', `printf 'b true\\nas 2 "sync" "${user}"\\nas 0\\n'`);
    assert.doesNotMatch(await warned(), /logout/);
    await program(bin, 'busctl', `printf 'b false\\nas 0\\nas 1 "${user}"\\n'`);
    assert.match(await warned(), /enable-linger/);
    await program(bin, 'busctl', `printf 'b true\\nas 0\\nas 1 "not${user}"\\n'`);
    assert.doesNotMatch(await warned(), /logout/);
  });

  it('warns of containers that end with the login', async () => {
    const request = {...REQUEST, runtime: ['runtime']};
    await program(bin, 'runtime', 'case "$*" in *Rootless*) echo true;; *) echo 4.3.1;; esac');
    await program(bin, 'loginctl', 'echo no');
    assert.match((await readReport(runnerWith(bin), request)).warnings.join(), /without root.*enable-linger/);
    await program(bin, 'loginctl', 'echo yes');
    assert.doesNotMatch((await readReport(runnerWith(bin), request)).warnings.join(), /linger/);
  });
});
