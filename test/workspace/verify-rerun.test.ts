import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument, RunFile} from '../../src/manifest/types.gen.ts';
import {fileSource} from '../../src/platform/chunks.ts';
import {renderRerun} from '../../src/views/rerun.ts';
import {renderDiff} from '../../src/views/run-diff.ts';
import {diffRuns} from '../../src/workspace/diff-runs.ts';
import {
  compareRuns,
  diffOutputs,
  readComparable,
  type RerunReport,
} from '../../src/workspace/verify-rerun.ts';
import {SMALL, writeClip, type ClipShape} from '../media/clips.ts';
import {removeBlob} from '../support/blobs.ts';
import {makeRun, runId} from '../support/documents.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';
import {PLAIN} from '../views/samples.ts';
import {probeVideo} from '../../src/media/probe.ts';

after(closeWorkspaces);

describe('a run that was made again', function () {
  this.timeout(30_000);
  let folder = '';
  let number = 0;
  let workspace: Awaited<ReturnType<typeof newWorkspace>>;

  before(async () => {
    folder = await temporaryFolder('again');
    workspace = await newWorkspace();
  });

  async function video(name: string, shape: ClipShape = SMALL, flat = 120, more = ''): Promise<RunFile> {
    const path = join(folder, 'clip.mp4');
    await writeClip(path, shape, flat);
    if (more !== '') await writeFile(path, Buffer.concat([await readFile(path), Buffer.from(more)]));
    const blob = await workspace.store.push(fileSource(path), {mediaType: 'video/mp4'});
    return {...blob, name, role: 'output', media: await probeVideo(path)};
  }

  async function text(name: string, content: string, role = 'text'): Promise<RunFile> {
    const blob = await workspace.store.push(Buffer.from(content), {mediaType: 'text/plain'});
    return {...blob, name, role};
  }

  async function runOf(outputs: RunFile[], change: Partial<RunDocument> = {}): Promise<RunDocument> {
    const run = makeRun(runId((number += 1)), {status: 'completed', outputs, ...change});
    await workspace.documents.create('runs', run);
    return run;
  }

  const compare = async (
    a: RunFile[],
    b: RunFile[],
    change: Partial<RunDocument> = {},
  ): Promise<RerunReport> => compareRuns(workspace, await runOf(a), await runOf(b, change));

  it('is the same when all that people look at is', async () => {
    const clip = await video('output.mp4');
    // A box that means nothing, behind the video.
    const rewritten = await video('output.mp4', SMALL, 120, '\0\0\0\u000Cfreemore');
    assert.notEqual(rewritten.digest, clip.digest);
    const report = await compare(
      [clip, await text('edge.txt', 'snow', 'control'), await text('console.log', 'one', 'extra')],
      [rewritten, await text('edge.txt', 'snow', 'control'), await text('console.log', 'two', 'extra')],
    );
    assert.equal(report.isSame, true);
    assert.deepEqual(
      report.outputs.map(({name, state}) => [name, state]),
      [
        ['output.mp4', 'same pictures'],
        ['edge.txt', 'same'],
      ],
    );
    assert.match(
      renderRerun(report, {width: 80, paint: PLAIN}).join('\n'),
      /came out as rs_0+ did: 2 outputs the same\n {2}output.mp4 {2}the same pictures in other bytes$/,
    );
  });

  it('says of everything that differs how it does', async () => {
    const [a, b] = [await video('a.mp4'), await video('b.mp4')];
    const report = await compare(
      [a, b, {...a, name: 'c.mp4'}, await text('output.txt', 'snow'), await text('gone.txt', 'x')],
      [
        await video('a.mp4', SMALL, 140),
        await video('b.mp4', {...SMALL, frames: 11}),
        await video('c.mp4', {...SMALL, width: 64}),
        await text('output.txt', 'rain'),
        await text('more.txt', 'x'),
      ],
      {model: {family: 'preview', adapterVersion: 1, revision: 'abc'}},
    );
    assert.equal(report.isSame, false);
    assert.deepEqual(
      report.outputs.map(({name, state, reason}) => [name, state, reason]),
      [
        ['a.mp4', 'different', null],
        ['b.mp4', 'different', 'has 11 frames, not 12'],
        ['c.mp4', 'different', 'is 64x64, not 96x64'],
        ['output.txt', 'different', null],
        ['gone.txt', 'missing', null],
        ['more.txt', 'new', null],
      ],
    );
    assert.equal(report.outputs[0]?.likeness?.frames, 12);
    assert.deepEqual(
      report.circumstances.map(({path}) => path),
      ['model.revision'],
    );
    const lines = renderRerun(report, {width: 80, paint: PLAIN});
    assert.match(lines[0] ?? '', /differs from rs_0+: 0 of 6 outputs the same$/);
    assert.match(lines[1] ?? '', /^ {2}a.mp4 {2}PSNR \d\d\.\d\d dB, SSIM 0\.\d{4}, over 12 frames$/);
    assert.match(lines.at(-1) ?? '', /model.revision; "cosmos diff" shows how$/);
  });

  it('can be compared with a completed run only', async () => {
    const refused = {code: 'usage.invalid', hint: /Nothing was started/};
    const failed = await runOf([], {status: 'failed'});
    await assert.rejects(readComparable(workspace, failed.id), {...refused, message: /is failed/});
    const log = await text('console.log', 'x', 'extra');
    const silent = await runOf([log]);
    await assert.rejects(readComparable(workspace, silent.id), {...refused, message: /made nothing/});
    const only = await runOf([log], {primaryOutput: 'console.log'});
    assert.equal((await readComparable(workspace, only.id)).id, only.id, 'the result counts whatever it is');
    const lost = await text('output.txt', 'lost');
    const broken = await runOf([lost]);
    await removeBlob(workspace, lost);
    await assert.rejects(readComparable(workspace, broken.id), {code: 'blob.missing'});
  });

  it('says what was let go of since', async () => {
    const gone = await text('output.txt', 'gone');
    const {outputs, isSame} = await compareRuns(
      workspace,
      await runOf([], {released: [{descriptor: gone, at: '2026-01-02T03:04:05.000Z', reason: 'space'}]}),
      await runOf([gone]),
    );
    assert.deepEqual([isSame, outputs[0]?.reason], [false, 'the first one was let go']);
  });

  it('can be set beside any other that exists', async () => {
    const clip = await video('output.mp4');
    const a = await runOf([clip, await text('output.txt', 'snow'), await text('more.txt', 'x')]);
    const b = await runOf([await video('output.mp4', SMALL, 140), await text('output.txt', 'snow')], {
      released: [{descriptor: {...clip, name: 'more.txt'}, at: '2026-01-02T03:04:05.000Z', reason: 'space'}],
    });
    const only = await runOf([{...clip, name: 'video.mp4'}]);
    const print = async (first: RunDocument, second: RunDocument): Promise<string> => {
      const pictures = await diffOutputs(workspace, first.id, second.id);
      const difference = await diffRuns(workspace, first.id, second.id);
      return renderDiff(difference, {width: 80, paint: PLAIN}, pictures);
    };
    assert.match(
      await print(a, b),
      /What came out of b, against a\noutput\.mp4 {2}PSNR \d\d\.\d\d dB, SSIM 0\.\d{4}, over 12 frames\noutput\.txt {2}the same bytes\nmore\.txt {2}the second one was let go$/,
    );
    assert.match(await print(b, only), /output\.mp4 {2}only in a\n.*\nvideo\.mp4 {2}only in b$/);
    const failed = await runOf([], {status: 'failed'});
    await assert.rejects(diffOutputs(workspace, a.id, failed.id), {
      code: 'usage.invalid',
      message: /is failed/,
      hint: /^Leave --pixels out/,
    });
  });
});
