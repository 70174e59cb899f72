import assert from 'node:assert/strict';
import {copyFile, mkdir, readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {encode} from 'fast-png';
import {middleLuma, SMALL, writeClip} from '../media/clips.ts';
import {findingsOf} from '../support/findings.ts';
import {temporaryFolder} from '../support/temporary.ts';

// Errors are compared by class, so everything has to come from the same loader.
const {decodeFrames} = await import('../../src/media/frames.ts');
const {readPng} = await import('../../src/media/png.ts');
const {readGivenScene} = await import('../../src/runner/given-scene.ts');
const {initWorkspace} = await import('../../src/workspace/init.ts');
const {openWorkspace} = await import('../../src/workspace/workspace.ts');
const {addScene, findScene, listScenes, readScene} = await import('../../src/workspace/scenes.ts');
const {findSequences, withVideos} = await import('../../src/workspace/prepare-scene.ts');
const {collectGarbage} = await import('../../src/workspace/garbage.ts');
const {createPrompt} = await import('../../src/workspace/prompts.ts');
const {PLAIN_REQUEST, prepareRuns, startRun} = await import('../../src/workspace/start-run.ts');
const {makeRunner} = await import('../../src/workspace/runner.ts');
const {Targets} = await import('../../src/workspace/targets.ts');

type Workspace = Awaited<ReturnType<typeof openWorkspace>>;
type StartRequest = Parameters<typeof prepareRuns>[2];

const REQUEST: StartRequest = {...PLAIN_REQUEST, source: 'shot', folder: '/nowhere', model: 'preview'};

describe('scenes of the store', function () {
  this.timeout(20_000);
  let workspace: Workspace;
  let folder = '';

  beforeEach(async () => {
    workspace = await openWorkspace(await initWorkspace(await temporaryFolder('films')), {actor: 'test'});
    folder = await temporaryFolder('shot');
    await writeClip(join(folder, 'color.mp4'));
    await writeClip(join(folder, 'depth.mp4'), SMALL, 60);
  });

  afterEach(() => workspace.close());

  const add = async (name: string) =>
    addScene(workspace, name, await readGivenScene({folder, files: {}}, '/'));

  it('hold the same clip under two names once', async () => {
    const first = await add('shot');
    const second = await add('again');
    assert.deepEqual(
      first.scene.passes.map(({role, media, name}) => [role, media.frames, name]),
      [
        ['color', 12, 'color.mp4'],
        ['depth', 12, 'depth.mp4'],
      ],
    );
    assert.deepEqual(
      second.scene.passes.map(({digest}) => digest),
      first.scene.passes.map(({digest}) => digest),
    );
    assert.deepEqual(
      (await listScenes(workspace)).map(({name}) => name),
      ['again', 'shot'],
    );
  });

  it('are there already when they are the same, else refused', async () => {
    assert.equal((await add('shot')).isNew, true);
    assert.equal((await add('shot')).isNew, false);
    await writeClip(join(folder, 'depth.mp4'), SMALL, 90);
    await assert.rejects(add('shot'), {code: 'document.exists', hint: /cosmos delete shot/});
    await assert.rejects(add('SHOT'), {code: 'document.exists'});
    await assert.rejects(add('a/b'), {code: 'usage.invalid'});
  });

  it('refuse passes that do not fit each other', async () => {
    await writeClip(join(folder, 'edge.mp4'), {...SMALL, frames: 5});
    assert.deepEqual(await findingsOf(() => add('shot')), ['edge has 5 frames, color has 12']);
    await rm(join(folder, 'color.mp4'));
    assert.match((await findingsOf(() => add('shot'))).join('\n'), /there is no color/);
    assert.equal(workspace.index.listIds('refs').length, 0);
  });

  it('are run by their name when their folder is gone', async () => {
    await add('shot');
    await rm(folder, {recursive: true});
    const targets = new Targets(workspace, {env: {}, home: '/'});
    const [prepared] = await prepareRuns(workspace, targets, {...REQUEST, weights: {depth: 0.5}});
    assert.ok(prepared);
    const {run, lease} = await startRun(
      makeRunner(workspace, {targets, actor: 'test', onTrouble: (message) => assert.fail(message)}),
      prepared,
    );
    await lease.release();
    assert.deepEqual(run.scene, {name: 'shot', ref: 'shot'});
    assert.deepEqual(
      run.inputs.map(({name, mediaType}) => [name, mediaType]),
      [
        ['color.mp4', 'video/mp4'],
        ['depth.mp4', 'video/mp4'],
        ['spec.json', 'application/json'],
      ],
    );
    const {passes, runs} = await readScene(workspace, 'Shot');
    assert.equal(run.inputs[0]?.digest, passes[0]?.digest);
    assert.deepEqual(runs, [run.id]);
  });

  it('are run by a prompt that is for them', async () => {
    await add('shot');
    const {prompt} = await createPrompt(workspace, {text: 'snow', negative: 'fog', scene: 'shot'});
    const targets = new Targets(workspace, {env: {}, home: '/'});
    const [prepared] = await prepareRuns(workspace, targets, {...REQUEST, source: prompt.id.slice(0, 12)});
    assert.deepEqual(prepared?.planned.normal.prompt, {text: 'snow', negative: 'fog'});
    assert.equal(prepared.planned.normal.scene?.name, 'shot');
    assert.equal(prepared.promptId, prompt.id);
    const [other] = await prepareRuns(workspace, targets, {...REQUEST, source: prompt.id, prompt: 'hail'});
    assert.deepEqual(
      [other?.promptId, other?.planned.normal.prompt],
      [undefined, {text: 'hail', negative: null}],
    );
    assert.deepEqual((await readScene(workspace, 'shot')).prompts, [prompt.id]);
    const {prompt: bare} = await createPrompt(workspace, {text: 'rain', negative: null});
    await assert.rejects(prepareRuns(workspace, targets, {...REQUEST, source: bare.id}), {
      code: 'input.invalid',
      hint: /cosmos prompt edit .* --scene NAME/,
    });
  });

  it('are kept by gc, and say when a blob is gone', async () => {
    const {scene} = await add('shot');
    await collectGarbage(workspace, {graceMs: 0, trashMs: 0, isDryRun: false});
    assert.ok(await findScene(workspace, 'shot'));
    const [color] = scene.passes;
    assert.ok(color);
    const hex = color.digest.slice(7);
    await rm(join(workspace.root, 'storage', 'blobs', 'sha256', hex.slice(0, 2), hex));
    await assert.rejects(findScene(workspace, 'shot'), {code: 'blob.missing'});
    assert.equal(await findScene(workspace, 'other'), undefined);
  });
});

/** A picture with a bright square in the middle whose brightness says which frame it is. */
function picture(index: number, {width = 64, height = 48} = {}): Uint8Array {
  const data = new Uint8Array(3 * width * height).fill(30);
  for (let row = height / 2 - 16; row < height / 2 + 16; row += 1)
    for (let column = width / 2 - 16; column < width / 2 + 16; column += 1)
      data.fill(60 + 20 * index, 3 * (row * width + column), 3 * (row * width + column) + 3);
  return encode({width, height, data, channels: 3});
}

async function writeSequence(folder: string, pass: string, numbers: readonly number[]): Promise<void> {
  await mkdir(folder, {recursive: true});
  for (const number of numbers)
    await writeFile(join(folder, `${pass}.${String(number).padStart(4, '0')}.png`), picture(number % 8));
}

describe('PNG sequences', function () {
  this.timeout(20_000);
  let folder = '';

  beforeEach(async () => {
    folder = await temporaryFolder('render');
    await writeSequence(folder, 'color', [3, 4, 5, 6]);
  });

  it('become videos with exactly these frames', async () => {
    await writeSequence(folder, 'segmentation', [3, 4, 5, 6]);
    const sequences = await findSequences(folder);
    const counted: number[] = [];
    const digests: unknown[] = [];
    await withVideos(sequences, {fps: 25, onFrame: (done) => counted.push(done)}, async ({passes}) => {
      assert.deepEqual(Object.keys(passes), ['color', 'seg']);
      const {color} = passes;
      assert.ok(color);
      assert.deepEqual([color.media.frames, color.media.fps, color.media.width], [4, 25, 64]);
      const lumas: number[] = [];
      for await (const frame of decodeFrames(color.path)) lumas.push(middleLuma(frame));
      for (const [index, luma] of lumas.entries()) {
        const expected = 16 + (219 * (60 + 20 * (index + 3))) / 255;
        assert.ok(Math.abs(luma - expected) < 4, `frame ${index}: ${luma}, not ${expected}`);
      }
      digests.push(color.media);
      await copyFile(color.path, join(folder, 'first.mp4'));
    });
    assert.deepEqual(counted, [1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('give the same bytes every time', async () => {
    const workspace = await openWorkspace(await initWorkspace(await temporaryFolder('films')), {
      actor: 'test',
    });
    const make = async (name: string): Promise<string> => {
      const sequences = await findSequences(folder);
      const options = {fps: 24, onFrame: () => undefined};
      return withVideos(sequences, options, async (given) => {
        const {scene} = await addScene(workspace, name, given);
        return scene.passes[0]?.digest ?? '';
      });
    };
    assert.equal(await make('a'), await make('b'));
    await workspace.close();
  });

  it('are refused with everything that is wrong', async () => {
    await writeSequence(folder, 'depth', [3, 5, 6]);
    await writeSequence(folder, 'vis', [2, 3, 4, 5]);
    await writeFile(join(folder, 'edge.0003.png'), picture(1, {width: 66}));
    await writeFile(join(folder, 'seg.0003.png'), '');
    await writeFile(join(folder, 'color.0007.png'), 'no picture at all, but long enough');
    await writeFile(join(folder, 'beauty.0001.png'), picture(1));
    const findings = await findingsOf(() => findSequences(folder));
    for (const word of [
      /depth has gaps: 4/,
      /depth has 3 frames, color has 5/,
      /vis begins with 2, color with 3/,
      /edge is 66x48, color is 64x48/,
      /seg\.0003\.png is empty/,
      /color\.0007\.png is not a PNG file/,
      /belong to no sequence: beauty\.0001\.png/,
    ])
      assert.match(findings.join('\n'), word);
  });

  it('need an even size and a colour pass', async () => {
    const other = await temporaryFolder('odd');
    await writeFile(join(other, 'depth.1.png'), picture(1, {width: 65, height: 48}));
    const findings = await findingsOf(() => findSequences(other));
    assert.match(findings.join('\n'), /depth is 65x48; H\.264 needs an even width/);
    assert.match(findings.join('\n'), /there is no color\.NNNN\.png/);
    await assert.rejects(findSequences(join(other, 'gone')), {code: 'file.unreadable'});
  });

  it('leave nothing behind when a file is damaged', async () => {
    const bytes = picture(1);
    bytes.fill(0, bytes.length - 40, bytes.length - 10);
    await writeFile(join(folder, 'color.0005.png'), bytes);
    const sequences = await findSequences(folder);
    await assert.rejects(
      withVideos(sequences, {fps: 24, onFrame: () => undefined}, () => Promise.resolve()),
      {code: 'media.unreadable', message: /color\.0005\.png is damaged/},
    );
    assert.equal((await readdir(folder)).length, 4);
  });
});

describe('readPng', () => {
  const size = {width: 2, height: 2};

  for (const [name, image, expected] of [
    ['grey', {...size, channels: 1, data: new Uint8Array([0, 100, 200, 255])}, [0, 0, 0, 100, 100, 100]],
    ['16 bits', {...size, channels: 3, depth: 16, data: new Uint16Array(12).fill(0x8040)}, [128, 128, 128]],
    ['alpha on black', {...size, channels: 4, data: new Uint8Array(16).fill(128)}, [64, 64, 64]],
    ['grey with alpha', {...size, channels: 2, data: new Uint8Array(8).fill(128)}, [64, 64, 64]],
    [
      'a palette',
      {
        ...size,
        channels: 1,
        palette: [
          [9, 8, 7],
          [1, 2, 3],
        ],
        data: new Uint8Array([1, 0, 1, 0]),
      },
      [1, 2, 3, 9, 8, 7],
    ],
  ] as const) {
    it(`reads ${name}`, async () => {
      const path = join(await temporaryFolder('png'), 'a.png');
      await writeFile(path, encode(image as unknown as Parameters<typeof encode>[0]));
      const {pixels} = await readPng(path);
      assert.deepEqual([...pixels.subarray(0, expected.length)], [...expected]);
    });
  }
});
