/**
 * Renders the sample scene: a short flight over a made-up city as aligned colour, depth and segmentation videos.
 * `npx tsx examples/make-scene.ts [DIR]`; DIR defaults to examples/scenes/city. The same bytes of pixels every time.
 */
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {VideoWriter} from '../src/media/encode.ts';
import {cameraAt} from './scene/camera.ts';
import {makeCity} from './scene/city.ts';
import {drawFrameNumber} from './scene/frame-number.ts';
import {renderPasses} from './scene/passes.ts';
import {COLOR_SPACE, toFrame} from '../src/media/rgb.ts';
import {addTraffic} from './scene/traffic.ts';

const WIDTH = 1280;
const HEIGHT = 704;
const FPS = 24;
const FRAMES = 48;
const SEED = 20_251;
const PASSES = ['color', 'depth', 'segmentation'] as const;

const directory = process.argv[2] ?? fileURLToPath(new URL('./scenes/city', import.meta.url));
await mkdir(directory, {recursive: true});
const settings = {width: WIDTH, height: HEIGHT, fps: FPS, timescale: FPS * 512, colorSpace: COLOR_SPACE};
const writers = await Promise.all(
  PASSES.map((pass) => VideoWriter.open(join(directory, `${pass}.mp4`), settings)),
);

for (let index = 0; index < FRAMES; index += 1) {
  const city = makeCity(SEED);
  addTraffic(city, index / FPS);
  const passes = renderPasses(city, cameraAt(index / (FRAMES - 1)), {width: WIDTH, height: HEIGHT});
  drawFrameNumber(passes.color, index);
  const timestampUs = Math.round((index * 1e6) / FPS);
  const durationUs = Math.round(((index + 1) * 1e6) / FPS) - timestampUs;
  const shape = {index, timestampUs, durationUs, width: WIDTH, height: HEIGHT};
  for (const [place, pass] of PASSES.entries()) await writers[place]?.write(toFrame(passes[pass], shape));
  process.stdout.write(`frame ${String(index + 1)}/${String(FRAMES)}\n`);
}
for (const writer of writers) await writer.finish();
