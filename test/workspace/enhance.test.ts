import assert from 'node:assert/strict';
import {readFile, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {CITY} from '../media/clips.ts';
import {Enhancer, FIRST, openEndpoint, type Endpoint} from '../support/enhancer.ts';
import {findingsOf} from '../support/findings.ts';
import {NUMBERED} from '../support/numbered-clip.ts';
import {temporaryFolder} from '../support/temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {requestCancel} = await import('../../src/runner/cancel.ts');
const {keepEnhanced, readEnhanced} = await import('../../src/workspace/enhanced.ts');
const {findRuns} = await import('../../src/workspace/find-runs.ts');
const {createPrompt, editPrompt, historyOf, listPrompts, resolvePrompt} =
  await import('../../src/workspace/prompts.ts');

const KEY = 'sk-very-secret-4711';
process.env['ENHANCE_TEST_KEY'] = KEY;

const settingsOf = (url: string, more = ''): string =>
  `[models.enhance]\nendpoint = "${url}"\nmodel = "pixtral-12b"\nkeyEnv = "ENHANCE_TEST_KEY"\n${more}`;

/** Every file below a folder that has the text in it. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true});
  const found: string[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path)).includes(text)) found.push(path);
  }
  return found;
}

describe('an enhancement by an endpoint', function () {
  this.timeout(60_000);
  let folder: string;
  let endpoint: Endpoint;
  let enhancer: Enhancer;

  before(async () => {
    folder = await temporaryFolder('endpoint');
    endpoint = await openEndpoint({folder, key: KEY, scene: NUMBERED, slowMs: 60_000});
    enhancer = await Enhancer.make(settingsOf(endpoint.url, 'timeout = "30s"\n'));
    const {workspace} = enhancer;
    await createPrompt(workspace, {text: 'somebody has the name', negative: null, name: 'Dry-Enhanced'});
    await createPrompt(workspace, {text: 'a wet street', negative: 'people', scene: 'shot', name: 'wet'});
  });
  beforeEach(async () => {
    endpoint.received.length = 0;
    await writeFile(join(folder, 'STANDIN_FAIL'), '');
  });
  after(async () => {
    await enhancer.workspace.close();
    await endpoint.close();
  });

  it("shows the model the clip's own frames, and links the new prompt (upstream 0.9, 4.9)", async () => {
    const {workspace, root} = enhancer;
    const before = await resolvePrompt(workspace, 'wet');
    const run = await enhancer.run('wet');
    assert.equal(run.status, 'completed', JSON.stringify(run.failure));

    const [asked] = endpoint.received;
    const numbers = asked?.images.map(({number}) => number);
    assert.deepEqual(numbers, [FIRST, FIRST + 4, FIRST + 8, FIRST + 12]);
    assert.deepEqual(
      run.inputs.filter(({role}) => role === 'frames').map(({digest}) => digest),
      asked?.images.map(({sha256}) => `sha256:${sha256}`),
      'what was sent is what is recorded',
    );
    assert.deepEqual(asked?.texts.at(-1), {role: 'user', text: 'a wet street'});
    assert.match(asked.texts[0]?.text ?? '', /You are shown 4 frames of the clip, in order\./);
    assert.deepEqual(run.parameters, {
      ...{model: 'pixtral-12b', frames: 4, frame_size: 480, max_tokens: 2000, shown: [0, 4, 8, 12]},
    });

    assert.deepEqual([run.kind, run.primaryOutput, run.prompt?.id], ['enhance', 'enhanced.txt', before.id]);
    assert.deepEqual(run.outputs.map(({name, role, mediaType}) => [name, role, mediaType]).toSorted(), [
      ['answer.json', 'extra', 'application/json'],
      ['enhanced.txt', 'enhanced', 'text/plain'],
    ]);
    const text = 'Enhanced: a wet street Shown: frame 100, frame 104, frame 108, frame 112.';
    assert.equal(await readFile(join(root, 'outputs', `run_${run.id}`, 'enhanced.txt'), 'utf8'), `${text}\n`);

    const made = await resolvePrompt(workspace, 'wet-enhanced');
    assert.deepEqual(
      [made.text, made.negative, made.scene, made.parent, made.origin],
      [text, 'people', 'shot', before.id, {run: run.id}],
    );
    assert.deepEqual(
      (await historyOf(workspace, made)).map(({id}) => id),
      [before.id, made.id],
    );
    assert.equal((await resolvePrompt(workspace, 'wet')).id, before.id, 'the one before stays as it is');
    assert.deepEqual(await readEnhanced(workspace, run), {
      ...{before: 'a wet street', after: text, prompt: {id: made.id, name: 'wet-enhanced'}},
    });
    const edited = await editPrompt(workspace, made.id, {text: 'by hand'});
    assert.equal(edited.prompt.origin, undefined, 'what a person changed no model wrote');

    assert.ok(endpoint.received[0]?.hasKey);
    assert.deepEqual(run.plan?.environment, ['ENHANCE_TEST_KEY', 'NODE_EXTRA_CA_CERTS']);
    assert.deepEqual(await filesWith(root, KEY), [], 'the key is nowhere');
    assert.ok((await filesWith(root, 'ENHANCE_TEST_KEY')).length > 0, 'its name is written down');

    await keepEnhanced(workspace, run);
    const unchanged = await workspace.store.push(Buffer.from('a wet street\n'), {mediaType: 'text/plain'});
    const file = {...unchanged, name: 'enhanced.txt', role: 'enhanced'};
    await keepEnhanced(workspace, {...run, outputs: [file]});
    assert.equal(listPrompts(workspace, {words: ['wet street']}).length, 1, 'none of a text that came back');

    const dry = await createPrompt(workspace, {text: 'dry', negative: null, name: 'Dry'});
    const ofDry = {...run, prompt: {id: dry.prompt.id, text: 'dry', negative: null}};
    await keepEnhanced(workspace, ofDry);
    assert.equal(
      (await resolvePrompt(workspace, 'dry-enhanced-2')).parent,
      dry.prompt.id,
      'the name was taken',
    );
    const again = await enhancer.again(run.id);
    assert.equal(again.status, 'completed', JSON.stringify(again.failure));
    assert.deepEqual(endpoint.received[1]?.images, asked.images, 'the same pictures again');
    assert.deepEqual(again.parents, [{run: run.id, relation: 'rerun-of'}]);
    const same = listPrompts(workspace, {words: ['Enhanced: a wet street'], isAll: true});
    assert.deepEqual(
      same.flatMap(({id, parent}) => (parent === before.id ? id : [])),
      [made.id],
      'one text is one prompt, however often it is brought home (upstream 7B)',
    );
  });

  it('makes large frames smaller instead of failing (upstream 7A.10)', async () => {
    const {planned} = await enhancer.prepare('wet', {scene: join(CITY, 'color.mp4'), set: {frames: 2}});
    const sizes = planned.normal.inputs.map(({content}) => {
      const bytes = Buffer.from('bytes' in content ? content.bytes : []);
      return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
    });
    assert.deepEqual(sizes, [
      [480, 264],
      [480, 264],
    ]);
    assert.deepEqual(planned.normal.parameters['shown'], [0, 47]);
  });

  it('asks with the text alone where there is no scene, and says so', async () => {
    const prepared = await enhancer.prepare('heavy rain at night');
    assert.deepEqual(prepared.planned.normal.warnings, ['there is no scene: the model is shown no picture']);
    const run = await enhancer.drive(prepared);
    assert.deepEqual([run.status, run.scene, run.parameters['shown']], ['completed', null, undefined]);
    assert.deepEqual(endpoint.received[0]?.images, []);
    assert.match(endpoint.received[0].texts[0]?.text ?? '', /You are shown no picture/);
    const made = await resolvePrompt(enhancer.workspace, 'heavy-rain-night-enhanced');
    assert.deepEqual(
      [made.text, made.parent],
      ['Enhanced: heavy rain at night Nothing was shown.', run.prompt?.id],
    );
  });

  it('is a failed run with the reason when the endpoint fails, and makes no prompt', async () => {
    await writeFile(join(folder, 'STANDIN_FAIL'), 'refusal');
    const run = await enhancer.run('never made', {scene: 'shot'});
    assert.deepEqual([run.status, run.failure?.class, run.outputs], ['failed', 'answer.refused', []]);
    assert.deepEqual(run.failure?.evidence, [
      "enhance: error: the model refused: I'm sorry, but I can't assist with that request.",
    ]);
    assert.equal(listPrompts(enhancer.workspace, {words: ['enhanced', 'never']}).length, 0);
    assert.equal(await readEnhanced(enhancer.workspace, run), undefined);
  });

  it('is stopped while it waits for an answer', async () => {
    await writeFile(join(folder, 'STANDIN_FAIL'), 'slow');
    const run = await enhancer.drive(await enhancer.prepare('wet'), async ({id, cancelRequested}) => {
      const isAsked = endpoint.received.length > 0 && cancelRequested === null;
      if (isAsked) await requestCancel(enhancer.runner, id, 'enough');
    });
    assert.equal(run.status, 'cancelled');
    assert.deepEqual(run.outputs, []);
  });

  it('is not among the runs that make videos, unless asked for', () => {
    const {workspace} = enhancer;
    assert.deepEqual(findRuns(workspace, {}), []);
    assert.deepEqual(findRuns(workspace, {words: ['wet']}), []);
    assert.deepEqual(findRuns(workspace, {status: 'failed'}), []);
    const asked = findRuns(workspace, {kind: 'enhance'});
    assert.ok(asked.length >= 4 && asked.every(({kind}) => kind === 'enhance'));
    assert.equal(findRuns(workspace, {model: 'enhance'}).length, asked.length);
    assert.equal(workspace.index.countAsideRuns(), asked.length);
  });

  it('refuses everything that could have no effect, at once', async () => {
    const {workspace} = enhancer;
    const set = {frames: 0, frame_size: 9, temperature: 3, instruction: '', num_steps: 4, max_tokens: 'many'};
    const findings = await findingsOf(() => enhancer.prepare('wet', {set}));
    assert.equal(findings.length, 6, findings.join('\n'));
    assert.match(findings.join('\n'), /frames is 0; it must be a whole number from 1 to 32/);
    assert.match(findings.join('\n'), /no parameter "num_steps"/);
    await assert.rejects(enhancer.prepare('wet', {target: 'lambda'}), {
      message: /The endpoint is asked from this machine, not from "lambda"/,
    });
    await assert.rejects(enhancer.prepare('wett'), {code: 'id.unknown'});
    assert.equal(workspace.index.listActiveRuns().length, 0);
  });
});

describe('an enhancement that nobody can do', () => {
  it('says what to set, before a run is made', async () => {
    const nothing = await Enhancer.make('');
    await assert.rejects(nothing.prepare('some words'), {
      code: 'usage.invalid',
      message: 'There is no model here that could enhance a prompt.',
    });
    await nothing.workspace.close();
    const half = await Enhancer.make(
      '[models.enhance]\nendpoint = "http://a.example/v1"\nkeyEnv = "NOT_SET_HERE"\n',
    );
    const findings = await findingsOf(() => half.prepare('some words'));
    assert.deepEqual(findings, [
      '"model" of [models.enhance] is not set: which model of the endpoint is asked?',
      'the variable NOT_SET_HERE, which models.enhance.keyEnv names, is not set here',
    ]);
    await half.workspace.close();
  });
});
