import assert from 'node:assert/strict';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {CITY, cosmos, cosmosJson, makeCliWorkspace, REPOSITORY, type Outcome} from '../support/cli.ts';
import {hasDocker, startDocker} from '../support/docker.ts';
import {IMAGE, type Engine} from '../support/engine.ts';
import {hasSshd, startSshd, type Sshd} from '../support/sshd.ts';
import {temporaryFolder} from '../support/temporary.ts';

/** The first block of commands under the heading, as words. */
async function readmeCommands(heading: string): Promise<string[][]> {
  const text = await readFile(join(REPOSITORY, 'README.md'), 'utf8');
  const block = /```sh\n([\s\S]*?)```/.exec(text.slice(text.indexOf(heading)))?.[1] ?? '';
  const lines = block.trim().split('\n');
  return lines.map((line) =>
    Array.from(line.matchAll(/"([^"]*)"|\S+/g), ([word, quoted]) => quoted ?? word).slice(1),
  );
}

/** What a GPU box has: an image with the program, its code and its weights. The program is the stand-in. */
async function equip({call}: Engine): Promise<string> {
  const checkout = await temporaryFolder('checkout');
  const program = join(checkout, 'cosmos_transfer1', 'diffusion', 'inference');
  const weights = join(checkout, 'checkpoints', 'nvidia', 'Cosmos-Transfer1-7B');
  await mkdir(program, {recursive: true});
  await mkdir(weights, {recursive: true});
  await writeFile(join(program, 'transfer.py'), '# the program is the stand-in of the image\n');
  await writeFile(join(weights, 'base_model.pt'), 'weights');
  const torchrun = join(REPOSITORY, 'test', 'programs', 'transfer1', 'torchrun');
  await call('create', '--name', 'image', IMAGE, 'true');
  await call('cp', torchrun, 'image:/bin/torchrun');
  await call('commit', 'image', 'cosmos-transfer1:latest');
  await call('rm', 'image');
  return checkout;
}

describe('a GPU box, as the README says', function () {
  this.timeout(120_000);
  let sshd: Sshd | undefined;
  let docker: Engine | undefined;
  let checkout: string;
  let workspace: string;
  let env: Record<string, string>;

  before(async function () {
    if (!hasSshd() || !hasDocker()) this.skip();
    sshd = await startSshd();
    docker = await startDocker();
    checkout = await equip(docker);
    workspace = await makeCliWorkspace('');
    const home = await temporaryFolder('home');
    env = {HOME: home, XDG_CONFIG_HOME: join(home, '.config')};
  });

  after(async () => {
    await sshd?.stop();
    await docker?.stop();
  });

  const say = (words: readonly string[]): Promise<Outcome> => cosmos(words, {cwd: workspace, env});

  /** What the README cannot know: where this box is, and how to get in. */
  function here(words: readonly string[]): string[] {
    const known = words.map((word) =>
      word
        .replace('ubuntu@203.0.113.7', `${sshd?.user ?? ''}@127.0.0.1:${sshd?.port ?? 0}`)
        .replace('/home/ubuntu/cosmos-transfer1', checkout)
        .replace('path/to/scene', CITY),
    );
    if (words[1] === 'trust') return [...known, '--yes'];
    if (words[1] !== 'add') return known;
    const runtime = JSON.stringify(['docker', '--host', docker?.env['DOCKER_HOST']]);
    return [...known, `key=${sshd?.userKey ?? ''}`, `runtime=${runtime}`];
  }

  it('gets from nothing to a verified video', async () => {
    const commands = await readmeCommands('## Render on a GPU box');
    assert.equal(commands.length, 5);
    for (const words of commands) {
      const {code, stdout, stderr} = await say(here(words));
      assert.equal(code, 0, `cosmos ${words.join(' ')}\n${stdout}\n${stderr}`);
    }
    const runs = await cosmosJson<{id: string}[]>(['list', '--all'], {cwd: workspace, env});
    const id = runs[0]?.id ?? '';
    const run = await cosmosJson<RunDocument>(['show', id], {cwd: workspace, env});
    assert.equal(run.status, 'completed');
    assert.equal(run.primaryOutput, 'output.mp4');
    assert.match(run.model.imageDigest ?? '', /^sha256:/);
    assert.match(run.execution.container ?? '', /^cosmos-rs_/);
    assert.equal(run.prompt?.text, 'snow, early morning');
  });

  it('leaves nothing on the box', async () => {
    const {code, stdout} = await say(['target', 'drain', 'lambda']);
    assert.equal(code, 0);
    assert.equal(stdout.trim().split('\n').at(-1), 'lambda: safe to terminate');
    assert.equal(await docker?.call('ps', '--all', '--quiet'), '');
  });

  it('says what the guardrail blocked', async () => {
    await writeFile(join(checkout, 'STANDIN_FAIL'), 'guardrail');
    const {code, stdout} = await say([
      'run',
      CITY,
      '--model',
      'transfer1',
      '--target',
      'lambda',
      '--prompt',
      'x',
    ]);
    assert.equal(code, 14);
    assert.match(stdout, /guardrail\.prompt/);
    await writeFile(join(checkout, 'STANDIN_FAIL'), '');
  });

  it('tells everything that is missing at once', async () => {
    await say(['target', 'set', 'lambda', 'image=absent:1', 'checkpoints=/nowhere']);
    const {code, stdout} = await say(['target', 'check', 'lambda']);
    assert.equal(code, 13);
    assert.match(stdout, /there is no folder \/nowhere/);
    assert.match(stdout, /the image absent:1 is not there/);
    const run = await say(['run', CITY, '--model', 'transfer1', '--target', 'lambda', '--prompt', 'x']);
    assert.equal(run.code, 13);
    assert.match(run.stderr, /Nothing was started/);
  });
});
