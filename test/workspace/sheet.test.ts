import assert from 'node:assert/strict';
import {chmod, mkdir, readdir, readFile, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {CosmosError} from '../../src/errors.ts';
import type {RunDocument, RunFile} from '../../src/manifest/types.gen.ts';
import {makeSheet, SHEET_MARK, type Sheet, type SheetRequest} from '../../src/workspace/sheet.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {pathOfBlob, removeBlob} from '../support/blobs.ts';
import {makeRun, runId} from '../support/documents.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {closeWorkspaces, newWorkspace, putText} from '../support/workspace.ts';

after(closeWorkspaces);

const MEDIA = {width: 96, height: 64, frames: 12, fps: 24, codec: 'avc1', durationSeconds: 0.5};

function file(blob: Descriptor, name: string, role: string, mediaType = 'video/mp4'): RunFile {
  const isVideo = mediaType.startsWith('video/');
  return {...blob, mediaType, name, role, ...(isVideo && {media: MEDIA})};
}

describe('makeSheet', () => {
  let workspace: Workspace;
  let folder = '';
  let seen: Sheet | undefined;
  let color: Descriptor;

  beforeEach(async () => {
    workspace = await newWorkspace();
    folder = join(await temporaryFolder('sheet'), 'review');
    color = await putText(workspace, 'the colour pass');
    seen = undefined;
  });

  /** A run with an input that all have in common and an output of its own. */
  const add = async (number: number, change: Partial<RunDocument> = {}): Promise<RunDocument> => {
    const output = await putText(workspace, `output ${number}`);
    const run = makeRun(runId(number), {
      status: 'completed',
      kind: 'transfer',
      createdAt: `2026-11-23T14:05:0${number}.000Z`,
      inputs: [file(color, 'color.mp4', 'color')],
      outputs: [file(output, 'output.mp4', 'output')],
      primaryOutput: 'output.mp4',
      ...change,
    });
    await workspace.documents.create('runs', run);
    return run;
  };

  const make = (request: Partial<SheetRequest> = {}) =>
    makeSheet(workspace, {
      ...{ids: [], filter: {}, limit: 50, folder},
      render: (sheet) => {
        seen = sheet;
        return `<head>${SHEET_MARK}</head>`;
      },
      ...request,
    });

  const refusal = async (request: Partial<SheetRequest>): Promise<CosmosError> => {
    const error = await make(request).catch((caught: unknown) => caught);
    assert.ok(error instanceof CosmosError, `not refused: ${String(error)}`);
    return error;
  };

  it('plays one copy of what runs have in common', async () => {
    await add(1);
    await add(2);
    const report = await make();
    assert.equal(report.files, 3);
    assert.equal(report.bytes, 'the colour pass'.length + 2 * 'output 1'.length);
    assert.equal((await readdir(join(folder, 'media'))).length, 3);
    const [newest, oldest] = seen?.runs ?? [];
    assert.deepEqual(
      newest?.videos.map(({name, isPrimary}) => [name, isPrimary]),
      [
        ['output.mp4', true],
        ['color.mp4', false],
      ],
    );
    const [output, input] = (oldest?.videos ?? []).map(({path}) => path);
    assert.equal(input, newest.videos[1]?.path);
    assert.equal(await readFile(join(folder, output ?? ''), 'utf8'), 'output 1');
    assert.equal(await readFile(join(folder, input ?? ''), 'utf8'), 'the colour pass');
  });

  it('shows inputs before the controls made of them', async () => {
    const control = file(await putText(workspace, 'edges'), 'edge.mp4', 'control');
    const extra = file(await putText(workspace, 'more'), 'more.mp4', 'output');
    const run = await add(1);
    await workspace.documents.replace('runs', run.id, (document) => ({
      ...document,
      outputs: [control, extra, ...document.outputs],
    }));
    await make();
    assert.deepEqual(
      seen?.runs[0]?.videos.map(({name, side}) => `${name} ${side}`),
      ['output.mp4 output', 'more.mp4 output', 'color.mp4 input', 'edge.mp4 control'],
    );
  });

  it('shows named runs once, in their order', async () => {
    for (const number of [1, 2, 3]) await add(number);
    const ids = [runId(1), runId(3), runId(1)];
    const report = await make({ids, limit: 1});
    assert.deepEqual(report.runs, [runId(1), runId(3)]);
    assert.equal(report.total, 2);
  });

  it('takes the newest and counts the rest', async () => {
    for (const number of [1, 2, 3]) await add(number);
    const report = await make({limit: 2});
    assert.deepEqual([report.runs, report.total], [[runId(3), runId(2)], 3]);
    assert.equal(seen?.total, 3);
  });

  it('shows runs of text only on request', async () => {
    await add(1);
    const text = file(await putText(workspace, 'a street, wet'), 'text.txt', 'enhanced', 'text/plain');
    await add(2, {kind: 'enhance', outputs: [text], primaryOutput: 'text.txt', inputs: []});
    assert.deepEqual((await make()).runs, [runId(1)]);
    assert.deepEqual((await make({filter: {kind: 'enhance'}})).runs, [runId(2)]);
    assert.equal(seen?.runs[0]?.text, 'a street, wet');
    assert.deepEqual((await make({ids: [runId(2)]})).runs, [runId(2)]);
  });

  it('names files that the store has lost', async () => {
    const run = await add(1);
    const [output] = run.outputs;
    assert.ok(output);
    await removeBlob(workspace, output);
    const report = await make();
    assert.deepEqual(report.absent, [{run: run.id, name: 'output.mp4', digest: output.digest}]);
    assert.equal(report.files, 1);
    assert.deepEqual(
      seen?.runs[0]?.videos.map(({path}) => path === null),
      [true, false],
    );
  });

  it('shows no half of a damaged video', async () => {
    const run = await add(1);
    const [output] = run.outputs;
    assert.ok(output);
    const path = pathOfBlob(workspace, output);
    await chmod(path, 0o644);
    await truncate(path, 3);
    assert.deepEqual(
      (await make()).absent.map(({name}) => name),
      ['output.mp4'],
    );
    assert.equal((await readdir(join(folder, 'media'))).length, 1);
  });

  it('leaves texts as long as books to files', async () => {
    const text = file(await putText(workspace, 'a'.repeat(65_537)), 'text.txt', 'enhanced', 'text/plain');
    const run = await add(1, {kind: 'enhance', outputs: [text], primaryOutput: 'text.txt', inputs: []});
    await make({ids: [run.id]});
    assert.equal(seen?.runs[0]?.text, null);
  });

  it('takes a folder that is empty', async () => {
    await add(1);
    await mkdir(folder);
    await make();
    assert.deepEqual((await readdir(folder)).toSorted(), ['index.html', 'media']);
  });

  it('takes posters from the thumbnails of the run', async () => {
    const blob = await putText(workspace, 'picture');
    const picture = {...blob, mediaType: 'image/webp', role: 'thumbnail' as const};
    await add(1, {thumbnails: {[color.digest]: {poster: picture, strip: picture}}});
    await make();
    const [output, input] = seen?.runs[0]?.videos ?? [];
    assert.equal(output?.poster, null);
    assert.match(input?.poster ?? '', /^media\/[0-9a-f]{32}\.webp$/);
    await removeBlob(workspace, blob);
    assert.deepEqual(
      (await make()).absent.map(({name}) => name),
      ['poster of color.mp4'],
    );
    assert.equal(seen?.runs[0]?.videos[1]?.poster, null);
  });

  it('takes endings from types, never from names', async () => {
    const page = file(await putText(workspace, '<script>'), '../../evil.html', 'color');
    const film = file(await putText(workspace, 'film'), 'film.html', 'depth', 'video/matroska');
    const odd = file(await putText(workspace, 'odd'), 'odd.html', 'seg', 'video/../x.html');
    await add(1, {inputs: [page, film, odd], outputs: [], primaryOutput: null});
    await make();
    const names = await readdir(join(folder, 'media'));
    assert.ok(
      names.every((name) => /^[0-9a-f]{32}\.(?:mp4|mkv)$/.test(name)),
      names.join(),
    );
    assert.equal(names.filter((name) => name.endsWith('.mkv')).length, 1);
  });

  it('replaces an earlier sheet and nothing else', async () => {
    await add(1);
    await make();
    await add(2);
    assert.equal((await make()).files, 3);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const {code, message, hint} = await refusal({});
    assert.equal(code, 'usage.invalid');
    assert.match(message, /review holds other files\.$/);
    assert.match(hint ?? '', /Nothing was written/);
    assert.equal(await readFile(join(folder, 'notes.txt'), 'utf8'), 'mine');
    assert.deepEqual(await readdir(join(folder, '..')), ['review']);
  });

  it('leaves the page of somebody else alone', async () => {
    await add(1);
    await mkdir(folder);
    await writeFile(join(folder, 'index.html'), '<title>my own</title>');
    assert.match((await refusal({})).message, /holds other files/);
    assert.equal(await readFile(join(folder, 'index.html'), 'utf8'), '<title>my own</title>');
  });

  it('refuses a file where a folder belongs', async () => {
    await add(1);
    await writeFile(folder, 'a file');
    assert.match((await refusal({})).message, /review is a file\.$/);
    assert.match((await refusal({folder: `${folder}.html`})).message, /looks like a file/);
  });

  it('writes nothing when no run matches', async () => {
    await add(1);
    assert.match((await refusal({filter: {scene: 'nowhere'}})).message, /No run matches/);
    assert.equal((await refusal({ids: ['rs_ffff']})).code, 'id.unknown');
    assert.deepEqual(await readdir(join(folder, '..')), []);
  });

  it('leaves no draft behind when the page fails', async () => {
    await add(1);
    await make();
    const fail = (): never => {
      throw new Error('no page');
    };
    await assert.rejects(make({render: fail}), /no page/);
    assert.deepEqual(await readdir(join(folder, '..')), ['review']);
    assert.deepEqual((await readdir(folder)).toSorted(), ['index.html', 'media']);
  });
});
