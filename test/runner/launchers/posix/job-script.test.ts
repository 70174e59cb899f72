import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Job} from '../../../../src/runner/job.ts';
import {formatJobScript, formatVariables} from '../../../../src/runner/launchers/posix/job-script.ts';
import {findProgram, SHELLS} from '../../../support/shells.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

const NASTY = [
  '',
  "it's",
  '$(touch /x)',
  '`id`',
  '\\',
  '"',
  '\n',
  ' ',
  '*',
  '~',
  '-n',
  '#',
  ';',
  'ü',
  "'\\''",
];

const JOB: Job = {
  schema: 'cosmos/job/v1',
  id: 'rs_1',
  attempt: 2,
  argv: ['prog', ...NASTY],
  env: ['HF_TOKEN'],
  inputs: [{name: "a 'b'.txt", digest: `sha256:${'0'.repeat(64)}`, size: 3}],
  outputs: [],
  limits: {timeoutMs: 1000, stopGraceMs: 300},
};

const CONTAINER: NonNullable<Job['container']> = {
  runtime: ['sudo', '-n', 'docker'],
  image: 'registry.example/image:1@sha256:00',
  mounts: [{source: '/a b', target: '/models', isReadOnly: true}],
  memory: '64g',
  shm: '8g',
  ipc: 'private',
};

describe('formatJobScript', function () {
  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  it('quotes every word for every shell', async () => {
    const path = join(await temporaryFolder('script'), 'job.sh');
    await writeFile(path, formatJobScript({...JOB, variables: {A: NASTY.join('')}, container: CONTAINER}));
    const show = 'show() { printf "%s\\0" "$@"; }; input() { show "$@"; };';
    const calls =
      'job_argv show; job_inputs; job_variables; show "$A"; job_container show; show "$job_image"';
    for (const name of SHELLS) {
      const shell = findProgram(name);
      if (shell === undefined) continue;
      const words = [...(name === 'busybox' ? ['sh'] : []), '-c', `. "$0"; ${show} ${calls}`, path];
      const seen = execFileSync(shell, words, {encoding: 'utf8'}).split('\0').slice(0, -1);
      assert.deepEqual(seen, [
        ...JOB.argv,
        ...['0'.repeat(64), '3', "a 'b'.txt", NASTY.join('')],
        ...['--memory', '64g', '--shm-size', '8g', '--ipc', 'private'],
        ...['--mount', 'type=bind,source=/a b,target=/models,readonly'],
        CONTAINER.image,
      ]);
    }
  });

  it('refuses what no program can be given', () => {
    assert.throws(() => formatJobScript({...JOB, argv: ['a\0b']}), {code: 'input.invalid'});
    assert.throws(() => formatVariables({'A B': ''}), {code: 'input.invalid'});
    assert.throws(() => formatVariables({A: '\0'}), {code: 'input.invalid'});
  });

  it('refuses inputs that lead out of the folder', () => {
    for (const name of ['../a', '/a', 'a/../b', 'a\nb']) {
      const inputs = [{name, digest: `sha256:${'0'.repeat(64)}`, size: 0}];
      assert.throws(() => formatJobScript({...JOB, inputs}), {code: 'input.invalid'}, name);
    }
  });

  it('refuses images and mounts that are options', () => {
    for (const image of ['--privileged', '', 'a b']) {
      assert.throws(() => formatJobScript({...JOB, container: {...CONTAINER, image}}), {
        code: 'input.invalid',
      });
    }
    for (const source of ['/a,readonly=false', '/a"b', '/a\nb']) {
      const mounts = [{source, target: '/m', isReadOnly: true}];
      assert.throws(() => formatJobScript({...JOB, container: {...CONTAINER, mounts}}), {
        code: 'input.invalid',
      });
    }
  });
});
