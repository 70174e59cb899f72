import assert from 'node:assert/strict';
import {copyFile, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {ImageDecoder} from '@napi-rs/webcodecs';
import {makeFrame, type Frame} from '../../src/media/frame.ts';
import {VideoWriter} from '../../src/media/encode.ts';
import {toSdColors} from '../../src/media/thumbnails/colors.ts';
import {drawApart, type ApartOptions} from '../../src/media/thumbnails/draw-apart.ts';
import {drawPictures} from '../../src/media/thumbnails/draw.ts';
import {encodeWebp} from '../../src/media/thumbnails/webp.ts';
import {COLOR_SPACE, toFrame} from '../../src/media/rgb.ts';
import {spread} from '../../src/media/stills.ts';
import {inheritedOptions, nodeProgram} from '../../src/platform/node-program.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {WITHOUT_CODECS} from './without-codecs.ts';

const SHAPE = {index: 0, timestampUs: 0, durationUs: 41_667, width: 64, height: 48};
const FPS = 24;

/** One colour all over. */
function flatFrame(luma: number, shape = SHAPE): Frame {
  const frame = makeFrame(shape);
  frame.y.fill(luma);
  return frame;
}

/** Frame `index` is as bright as 30 + 4 * index. */
async function writeRamp(path: string, frames: number, size = {width: 64, height: 48}): Promise<string> {
  const settings = {...size, fps: FPS, timescale: 24_000, colorSpace: COLOR_SPACE};
  const writer = await VideoWriter.open(path, settings);
  for (let index = 0; index < frames; index += 1) {
    const timestampUs = Math.round((index * 1e6) / FPS);
    await writer.write(flatFrame(30 + 4 * index, {...SHAPE, ...size, index, timestampUs}));
  }
  await writer.finish();
  return path;
}

/** What a browser would see: size, and the luma along the middle row. */
async function look(webp: Uint8Array): Promise<{width: number; height: number; luma: (x: number) => number}> {
  const decoder = new ImageDecoder({data: webp, type: 'image/webp'});
  const {image} = await decoder.decode();
  const {width, height} = image.visibleRect;
  const planes = new Uint8Array(image.allocationSize());
  await image.copyTo(planes);
  assert.equal(image.format, 'I420');
  image.close();
  decoder.close();
  return {width, height, luma: (x) => planes[(height >> 1) * width + x] ?? -1};
}

function isNear(found: number, wanted: number, least = 3): boolean {
  return Math.abs(found - wanted) <= least;
}

describe('toSdColors', () => {
  it('gives the same red, green and blue', () => {
    for (const color of [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [200, 120, 40],
    ]) {
      const pixels = Uint8Array.from({length: 12}, (_, at) => color[at % 3] ?? 0);
      const frame = toFrame({width: 2, height: 2, pixels}, {...SHAPE, width: 2, height: 2});
      toSdColors(frame);
      // ITU-R BT.601, limited range.
      const [y, cb, cr] = [
        1.164 * ((frame.y[0] ?? 0) - 16),
        (frame.u[0] ?? 0) - 128,
        (frame.v[0] ?? 0) - 128,
      ];
      const back = [y + 1.596 * cr, y - 0.392 * cb - 0.813 * cr, y + 2.017 * cb];
      assert.ok(
        back.every((value, index) => isNear(value, color[index] ?? 0, 4)),
        `${color.join()} became ${back.map(Math.round).join()}`,
      );
    }
  });
});

describe('encodeWebp', () => {
  it('makes the same picture of the same frame', async () => {
    const frame = flatFrame(150);
    const [first, second] = [await encodeWebp(frame), await encodeWebp(frame)];
    assert.deepEqual(first, second);
    assert.equal(first.length % 2, 0);
    assert.equal(first.readUInt32LE(4), first.length - 8);
    const {width, height, luma} = await look(first);
    assert.deepEqual([width, height], [64, 48]);
    assert.ok(isNear(luma(32), 150));
  });
});

describe('drawPictures', () => {
  it('shows the middle, and the way there and on', async () => {
    const path = await writeRamp(join(await temporaryFolder('ramp'), 'ramp.mp4'), 48);
    const {poster, strip} = await drawPictures(path);
    const middle = await look(poster);
    assert.deepEqual([middle.width, middle.height], [64, 48]);
    assert.ok(isNear(middle.luma(32), 30 + 4 * 27), `${middle.luma(32)}`);
    const row = await look(strip);
    assert.deepEqual([row.width, row.height], [8 * 64, 48]);
    for (const [tile, place] of spread(48, 8).entries())
      assert.ok(
        isNear(row.luma(tile * 64 + 32), 30 + 4 * place),
        `tile ${tile}: ${row.luma(tile * 64 + 32)}`,
      );
  });

  it('takes large, tall and very short videos', async () => {
    const folder = await temporaryFolder('sizes');
    const tall = await drawPictures(await writeRamp(join(folder, 'tall.mp4'), 1, {width: 256, height: 1280}));
    const [poster, strip] = [await look(tall.poster), await look(tall.strip)];
    assert.deepEqual([poster.width, poster.height], [128, 640]);
    assert.deepEqual([strip.width, strip.height], [18, 90]);
  });
});

describe('drawApart', function () {
  this.timeout(60_000);

  /** Which of the paths gave pictures, else the code or the problem. */
  const outcomes = async (paths: readonly string[], options?: ApartOptions): Promise<string[]> => {
    const found: string[] = [];
    for await (const drawn of drawApart(paths, options))
      found.push('problem' in drawn ? (drawn.code ?? drawn.problem) : 'drawn');
    return found;
  };

  it('answers for good and broken videos in turn', async () => {
    const folder = await temporaryFolder('apart');
    const at = (name: string): string => join(folder, name);
    const good = await writeRamp(at('good "1".mp4'), 12);
    await copyFile(good, at('cut.mp4'));
    await truncate(at('cut.mp4'), 900);
    await writeFile(at('text.mp4'), 'no video');
    await writeFile(at('empty.mp4'), '');
    const found = await outcomes([
      good,
      at('cut.mp4'),
      at('text.mp4'),
      at('empty.mp4'),
      at('gone.mp4'),
      good,
    ]);
    const unreadable = 'media.unreadable';
    assert.deepEqual(found, ['drawn', unreadable, unreadable, unreadable, 'file.unreadable', 'drawn']);
    assert.deepEqual(await outcomes([]), []);
  });

  it('says where the codecs are missing', async () => {
    const path = await writeRamp(join(await temporaryFolder('apart'), 'ramp.mp4'), 2);
    const program = nodeProgram('media/thumbnails/program');
    const options = {
      program: [...inheritedOptions(process.execArgv), ...WITHOUT_CODECS, ...program.slice(-1)],
    };
    assert.deepEqual(await outcomes([path], options), ['media.unavailable']);
  });

  it('goes on after a video that ends the program', async () => {
    // Crashes at "b", in the middle of a line.
    const crash = `require('readline').createInterface({input: process.stdin}).on('line', (line) => {
      if (line.includes('b')) { require('fs').writeSync(1, '{"poster":'); process.kill(process.pid, 'SIGKILL'); }
      else console.log('{"poster":"","strip":""}');
    })`;
    const found = await outcomes(['a', 'b', 'c', 'b'], {program: ['-e', crash]});
    const early = 'the program that draws pictures of it ended early';
    assert.deepEqual(found, ['drawn', early, 'drawn', early]);
  });

  it('waits for no program that hangs', async () => {
    const found = await outcomes(['a'], {program: ['-e', 'setInterval(() => {}, 1000)'], mostMs: 200});
    assert.deepEqual(found, ['the program that draws pictures of it ended early']);
  });
});
