import assert from 'node:assert/strict';
import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises';
import {delimiter, dirname, join} from 'node:path';
import type {PromptDocument, RunDocument} from '../../src/manifest/types.gen.ts';
import {CITY, REPOSITORY} from '../support/cli.ts';
import {jsonAt, makeBox, useSshd} from '../support/remote.ts';
import type {SshdOptions} from '../support/sshd.ts';
import {temporaryFolder} from '../support/temporary.ts';

const STAND_IN = join(REPOSITORY, 'test', 'programs', 'enhance', 'upsampler.mjs');

/** A machine whose logins find the stand-in in place of Python. */
async function machine(): Promise<SshdOptions> {
  const tools = await temporaryFolder('tools');
  await chmod(STAND_IN, 0o755);
  await symlink(STAND_IN, join(tools, 'python'));
  return {environment: {PATH: [tools, process.env['PATH'] ?? ''].join(delimiter)}};
}

describe("NVIDIA's upsampler over SSH", function () {
  this.timeout(120_000);
  const sshd = useSshd(machine);

  it('sees the clip that was uploaded, and its text comes home as a prompt (upstream 0.9)', async () => {
    const checkout = join(await temporaryFolder('checkout'), 'code');
    const checkpoints = join(checkout, 'checkpoints');
    for (const file of [
      'cosmos_transfer1/auxiliary/upsampler/model/upsampler.py',
      'checkpoints/nvidia/Cosmos-UpsamplePrompt1-12B-Transfer/consolidated.safetensors',
    ]) {
      await mkdir(dirname(join(checkout, file)), {recursive: true});
      await writeFile(join(checkout, file), '# of the model');
    }
    const box = await makeBox({
      sshd: sshd(),
      settings: [`checkout=${checkout}`, `checkpoints=${checkpoints}`],
    });
    const words = ['prompt', 'enhance', 'heavy rain', '--scene', CITY, '--target', 'box'];
    const run = await jsonAt<RunDocument>(box, words);
    assert.equal(run.status, 'completed', JSON.stringify(run.failure));
    assert.deepEqual([run.kind, run.primaryOutput, run.execution.target], ['enhance', 'enhanced.txt', 'box']);
    const {prompt} = await jsonAt<{prompt: PromptDocument}>(box, ['prompt', 'show', 'heavy-rain-enhanced']);
    assert.equal(prompt.text, 'Enhanced: heavy rain Frames 0 and 1 were seen.');
    assert.deepEqual([prompt.parent, prompt.origin], [run.prompt?.id, {run: run.id}]);
    assert.deepEqual(await jsonAt<unknown[]>(box, ['list']), []);
  });
});
