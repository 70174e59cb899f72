import assert from 'node:assert/strict';
import fc from 'fast-check';
import {promptIdOf} from '../../src/manifest/names.ts';
import {promptNameFrom} from '../../src/manifest/prompt-name.ts';
import {renderUndo} from '../../src/views/gc.ts';
import {findRuns} from '../../src/workspace/find-runs.ts';
import {deleteDocument, undoTrash} from '../../src/workspace/garbage.ts';
import {
  createPrompt,
  createPromptFor,
  editPrompt,
  historyOf,
  listPrompts,
  promptIdsOf,
  resolvePrompt,
} from '../../src/workspace/prompts.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {makeRun, runId} from '../support/documents.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';

after(closeWorkspaces);

describe('promptNameFrom', () => {
  for (const [text, name] of [
    ['A shot of the snow in the early morning, low sun', 'snow-early-morning-low'],
    ['the of and', 'the-of-and'],
    ['雪の朝、静かな街', '雪の朝-静かな街'],
    ['Ночь. Дождь!', 'ночь-дождь'],
    ['!!! ???', 'prompt'],
    ['x'.repeat(80), 'x'.repeat(40)],
  ] as const)
    it(`calls ${JSON.stringify(text.slice(0, 20))} ${name.slice(0, 24)}`, () =>
      assert.equal(promptNameFrom(text), name));

  it('is short and the same every time, for any text', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme'}), (text) => {
        const name = promptNameFrom(text);
        assert.ok(name !== '' && Array.from(name).length <= 40, name);
        assert.equal(promptNameFrom(text), name);
      }),
    );
  });
});

describe('prompts', () => {
  let workspace: Workspace;
  let now = 0;

  beforeEach(async () => {
    now = Date.parse('2026-11-26T12:00:00.000Z');
    workspace = await newWorkspace(undefined, {now: () => (now += 1000)});
  });

  const create = (text: string, more: Partial<Parameters<typeof createPrompt>[1]> = {}) =>
    createPrompt(workspace, {text, negative: null, ...more});

  it('are one for the same texts and scene', async () => {
    const first = await create('snow');
    assert.equal((await create(' snow ')).prompt.id, first.prompt.id);
    assert.equal(first.prompt.id, promptIdOf({text: 'snow', negative: null}));
    assert.equal((await create('snow')).isNew, false);
    assert.notEqual((await create('snow', {scene: 'city'})).prompt.id, first.prompt.id);
    assert.notEqual((await create('snow', {negative: 'fog'})).prompt.id, first.prompt.id);
  });

  it('have names of their own, and keep those that people give', async () => {
    const names: (string | null)[] = [];
    for (const text of ['snow', 'Snow!', 'snow.', 'rain']) names.push((await create(text)).prompt.name);
    assert.deepEqual(names, ['snow', 'snow-2', 'snow-3', 'rain']);
    assert.equal((await create('rain', {name: 'Wet street'})).prompt.name, 'Wet street');
    assert.equal((await resolvePrompt(workspace, 'wet STREET')).text, 'rain');
  });

  it('keep every version, and the name means the newest', async () => {
    const {prompt: first} = await create('snow', {negative: 'fog', scene: 'city'});
    const {prompt: second} = await editPrompt(workspace, 'snow', {text: 'much snow'});
    // Whatever the clock says, the newest is the one that was made from the others.
    now -= 3_600_000;
    const {prompt: third} = await editPrompt(workspace, 'snow', {negative: null});
    assert.deepEqual([second.parent, third.parent, third.name], [first.id, second.id, 'snow']);
    assert.deepEqual([third.text, third.negative, third.scene], ['much snow', null, 'city']);
    assert.equal((await resolvePrompt(workspace, 'snow')).id, third.id);
    assert.deepEqual(
      (await historyOf(workspace, third)).map(({id}) => id),
      [first.id, second.id, third.id],
    );
    assert.equal((await workspace.documents.read('prompts', first.id)).text, 'snow');
  });

  it('are not changed by an edit that changes nothing', async () => {
    const {prompt} = await create('snow');
    const same = await editPrompt(workspace, prompt.id.slice(0, 9), {text: 'snow'});
    assert.deepEqual([same.isNew, same.prompt], [false, prompt]);
    const renamed = await editPrompt(workspace, 'snow', {name: 'winter'});
    assert.deepEqual([renamed.isNew, renamed.prompt.id, renamed.prompt.name], [false, prompt.id, 'winter']);
  });

  it('never share a name unless they are versions of one', async () => {
    const {prompt: rain} = await create('rain', {name: 'street'});
    await create('snow');
    const taken = {code: 'document.exists', message: /"(?:street|STREET)": ps_/, hint: /Nothing was made/};
    await assert.rejects(create('hail', {name: 'STREET'}), taken);
    await assert.rejects(create('snow', {name: 'street'}), taken);
    await assert.rejects(editPrompt(workspace, 'snow', {name: 'street'}), taken);
    await assert.rejects(editPrompt(workspace, 'snow', {text: 'much snow', name: 'street'}), taken);
    assert.equal(workspace.index.listIds('prompts').length, 2);
    const {prompt: wet} = await editPrompt(workspace, 'street', {text: 'much rain'});
    assert.equal(wet.name, 'street');
    const again = await create('rain', {name: 'wet street'});
    assert.deepEqual([again.prompt.id, again.isNew, again.oldName], [rain.id, false, 'street']);
    assert.equal((await editPrompt(workspace, 'street', {name: 'wet street'})).prompt.id, wet.id);
    assert.deepEqual([...promptIdsOf(workspace, 'Wet Street')].toSorted(), [rain.id, wet.id].toSorted());
  });

  it('keep their name when a version between was deleted', async () => {
    await create('snow', {name: 'winter'});
    const {prompt: second} = await editPrompt(workspace, 'winter', {text: 'much snow'});
    await editPrompt(workspace, 'winter', {text: 'very much snow'});
    await deleteDocument(workspace, 'prompts', second.id);
    const {prompt: fourth} = await editPrompt(workspace, 'winter', {text: 'no snow'});
    assert.deepEqual([fourth.name, (await resolvePrompt(workspace, 'winter')).id], ['winter', fourth.id]);
  });

  it('say that their name was given away when they come back', async () => {
    const {prompt: first} = await create('snow', {name: 'winter'});
    const {prompt: second} = await editPrompt(workspace, 'winter', {text: 'much snow'});
    const batch = await deleteDocument(workspace, 'prompts', first.id);
    assert.deepEqual((await undoTrash(workspace, batch)).sharedNames, [], 'versions of one share it');
    for (const {id} of [second, first]) await deleteDocument(workspace, 'prompts', id);
    const {prompt: other} = await create('ice', {name: 'Winter'});
    const report = await undoTrash(workspace);
    assert.deepEqual(report.sharedNames, [{id: first.id, name: 'winter', other: other.id, free: 'winter-2'}]);
    assert.equal(
      renderUndo(report).split('\n').slice(2).join('\n'),
      `  ${first.id} is named "winter", as ${other.id} is by now; the name means the newest of them\n  give it another one with: cosmos prompt edit ${first.id} --name "winter-2"`,
    );
    await editPrompt(workspace, first.id, {name: 'winter-2'});
    assert.equal((await resolvePrompt(workspace, 'winter')).id, other.id);
  });

  it('are for scenes that are kept, under their names', async () => {
    const request = {text: 'snow', negative: null};
    await assert.rejects(createPromptFor(workspace, {...request, scene: 'city'}), {
      code: 'id.unknown',
      hint: /^Nothing was made\. No scene is kept yet\. .*cosmos scene add/,
    });
    const blob = await workspace.store.push(Buffer.from('x'), {mediaType: 'video/mp4'});
    const entries = [{...blob, name: 'color.mp4', role: 'color'}];
    const createdAt = '2026-11-26T12:00:00.000Z';
    await workspace.documents.create('refs', {schema: 'cosmos/ref/v1', name: 'bytes', createdAt, entries});
    await workspace.documents.create('refs', {
      ...{schema: 'cosmos/ref/v1', name: 'city', createdAt, entries},
      kind: 'scene',
    });
    const unknown = {
      code: 'id.unknown',
      message: 'No scene is named "ciy" (did you mean "city"?).',
      hint: /There are: city\./,
    };
    await assert.rejects(createPromptFor(workspace, {...request, scene: 'ciy'}), unknown);
    assert.equal(workspace.index.listIds('prompts').length, 0);
    const {prompt} = await createPromptFor(workspace, {...request, scene: 'CITY'});
    assert.equal(prompt.scene, 'city');
    await assert.rejects(editPrompt(workspace, prompt.id, {scene: 'ciy'}), unknown);
    assert.equal(workspace.index.listIds('prompts').length, 1);
    await assert.rejects(createPromptFor(workspace, {...request, scene: 'bytes'}), {code: 'id.unknown'});
  });

  it('take an empty negative prompt for none', async () => {
    const {prompt} = await create('snow', {negative: 'fog'});
    assert.equal((await create('rain', {negative: ' '})).prompt.negative, null);
    const {prompt: edited} = await editPrompt(workspace, 'snow', {negative: ''});
    assert.deepEqual([edited.negative, edited.parent], [null, prompt.id]);
  });

  it('are listed as their newest versions, unless all are wanted', async () => {
    const {prompt: first} = await create('snow');
    const {prompt: second} = await editPrompt(workspace, 'snow', {text: 'much snow'});
    const idsOf = (filter: Parameters<typeof listPrompts>[1]) =>
      listPrompts(workspace, filter).map(({id}) => id);
    assert.deepEqual(idsOf({}), [second.id]);
    assert.deepEqual(idsOf({isAll: true}), [second.id, first.id]);
    await deleteDocument(workspace, 'prompts', second.id);
    assert.deepEqual(idsOf({}), [first.id]);
  });

  it('find the runs of every version by name, of one by id', async () => {
    const {prompt: first} = await create('snow');
    const {prompt: second} = await editPrompt(workspace, 'snow', {text: 'much snow'});
    for (const [index, {id, text}] of [first, second].entries())
      await workspace.documents.create(
        'runs',
        makeRun(runId(index + 1), {prompt: {id, text, negative: null}}),
      );
    await workspace.documents.create('runs', makeRun(runId(3)));
    const runsOf = (prompt: string) =>
      findRuns(workspace, {prompt})
        .map(({id}) => id)
        .toSorted();
    assert.deepEqual(runsOf('SNOW'), [runId(1), runId(2)]);
    assert.deepEqual(runsOf(first.id.slice(0, 10)), [runId(1)]);
    assert.throws(() => runsOf('hail'), {code: 'id.unknown'});
  });

  it('are listed with their runs and what these were worth', async () => {
    const {prompt} = await create('snow', {scene: 'city'});
    await create('rain');
    const use = {id: prompt.id, text: 'snow', negative: null};
    await workspace.documents.create('runs', makeRun(runId(1), {prompt: use, rating: 5}));
    await workspace.documents.create('runs', makeRun(runId(2), {prompt: use, rating: 2}));
    await workspace.documents.create('runs', makeRun(runId(3), {prompt: use}));
    const [rain, snow] = listPrompts(workspace, {});
    assert.deepEqual([snow?.runs, snow?.meanRating, rain?.runs, rain?.meanRating], [3, 3.5, 0, null]);
    const namesOf = (filter: Parameters<typeof listPrompts>[1]) =>
      listPrompts(workspace, filter).map(({name}) => name);
    assert.deepEqual(namesOf({isUnused: true}), ['rain']);
    assert.deepEqual(namesOf({scene: 'CITY'}), ['snow']);
    assert.deepEqual(namesOf({words: ['SN', 'city']}), ['snow']);
    assert.deepEqual(namesOf({words: ['snow', 'rain']}), []);
  });

  it('come back from the trash', async () => {
    const {prompt} = await create('snow');
    const batch = await deleteDocument(workspace, 'prompts', prompt.id);
    await assert.rejects(resolvePrompt(workspace, 'snow'), {code: 'id.unknown', hint: /cosmos prompt list/});
    await undoTrash(workspace, batch);
    assert.deepEqual(await resolvePrompt(workspace, 'snow'), prompt);
  });

  for (const [label, text, message] of [
    ['nothing', ' \n ', /The prompt is empty/],
    ['a novel', 'x'.repeat(10_001), /has 10001 characters/],
    ['control characters', 'a\u0007b', /has control characters/],
  ] as const) {
    it(`refuse ${label}`, async () => {
      await assert.rejects(create(text), {code: 'usage.invalid', message});
      assert.equal(workspace.index.listIds('prompts').length, 0);
    });
  }

  for (const name of ['', 'ps_12', 'a\nb', 'x'.repeat(101)])
    it(`refuse the name ${JSON.stringify(name.slice(0, 8))}`, async () => {
      await assert.rejects(create('snow', {name}), {code: 'usage.invalid'});
    });

  it('take a text without its NULs and foreign line ends', async () => {
    assert.equal((await create('a\0b\r\nc')).prompt.text, 'ab\nc');
  });
});
