import assert from 'node:assert/strict';
import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {makeScene} from '../media/clips.ts';
import {CITY, REPOSITORY, waitForPause} from '../support/cli.ts';
import {jsonAt, makeBox, showRun, startAt, succeed, useSshd, type Box} from '../support/remote.ts';
import type {SshdOptions} from '../support/sshd.ts';
import {temporaryFolder} from '../support/temporary.ts';

const PROGRAMS = join(REPOSITORY, 'test', 'programs');

interface Family {
  model: string;
  program: string;
  /** What of the model's code is looked for. */
  script: string;
  names: readonly string[];
  primary: string;
}

const FAMILIES: readonly Family[] = [
  {
    model: 'transfer2.5',
    program: 'transfer2.5/inference.mjs',
    script: 'examples/inference.py',
    names: ['python'],
    primary: 'output.mp4',
  },
  {
    model: 'cosmos3',
    program: 'cosmos3/inference.mjs',
    script: 'cosmos_framework/scripts/inference.py',
    names: ['torchrun'],
    primary: 'output/vision.mp4',
  },
];

/** A machine whose logins find the stand-in under the names that the model's commands have. */
async function machineOf({program, names}: Family): Promise<SshdOptions> {
  const tools = await temporaryFolder('tools');
  await chmod(join(PROGRAMS, program), 0o755);
  for (const name of names) await symlink(join(PROGRAMS, program), join(tools, name));
  return {environment: {PATH: [tools, process.env['PATH'] ?? ''].join(delimiter)}};
}

for (const family of FAMILIES) {
  describe(`${family.model} over SSH`, function () {
    this.timeout(120_000);
    const sshd = useSshd(() => machineOf(family));

    const boxWithModel = async (): Promise<Box> => {
      const checkout = join(await temporaryFolder('checkout'), 'code');
      await mkdir(join(checkout, family.script, '..'), {recursive: true});
      await writeFile(join(checkout, family.script), '# the model');
      return makeBox({sshd: sshd(), settings: [`checkout=${checkout}`]});
    };

    it('is run there and brought home verified', async () => {
      const box = await boxWithModel();
      const words = ['--target', 'box', '--prompt', 'rain', '--weights', 'edge=0.5,depth=0.4', '--seed', '7'];
      const run = await jsonAt<RunDocument>(box, [
        'run',
        CITY,
        '--model',
        family.model,
        ...words,
        '--steps',
        '4',
      ]);
      assert.equal(run.status, 'completed', JSON.stringify(run.failure));
      assert.equal(run.primaryOutput, family.primary);
      assert.deepEqual([run.parameters['seed'], run.parameters['num_steps']], [7, 4]);
      const color = run.inputs.find(({role}) => role === 'color');
      const output = run.outputs.find(({name}) => name === family.primary);
      assert.equal(output?.digest, color?.digest, 'the stand-in gives back what it was given');
      assert.ok(run.outputs.some(({name}) => name === 'received.json'));
    });

    it('makes three with one load, also when the client dies while they are taken', async () => {
      const box = await boxWithModel();
      const scene = await makeScene();
      const words = ['--model', family.model, '--target', 'box', '--weights', 'edge=1', '--seed', '7'];
      const child = startAt(box, ['run', scene, ...words, '--prompt', 'rain', '--repeat', '3'], 'run.taken');
      await waitForPause(child, 'run.taken');
      child.kill('SIGKILL');
      await jsonAt(box, ['status', '--wait', '30']);
      await succeed(box, ['gc']);
      const [load] = await jsonAt<{id: string}[]>(box, ['list', '--kind', 'load']);
      const {members = [], outputs, released} = await showRun(box, load?.id ?? '');
      const runs = await Promise.all(members.map((id) => showRun(box, id)));
      assert.deepEqual(
        runs.map(({status, parameters, attempts}) => [status, parameters['seed'], attempts.length]),
        [7, 8, 9].map((seed) => ['completed', seed, 0]),
      );
      for (const {outputs: taken, primaryOutput} of runs) {
        const names = released.map(({descriptor}) => descriptor.digest);
        assert.ok(taken.every(({digest}) => names.includes(digest)));
        assert.equal(primaryOutput, family.primary);
      }
      assert.ok(
        outputs.every(({role}) => role === 'extra'),
        'nothing is kept twice',
      );
      await succeed(box, ['verify', '--deep']);
    });
  });
}
