/** A small clip whose frames carry their number as examples/scene/frame-number.ts draws it: eight squares in the lower left. */
import {VideoWriter} from '../../src/media/encode.ts';
import {makeFrame} from '../../src/media/frame.ts';
import {drawFrameNumber} from '../../examples/scene/frame-number.ts';

/** Not larger than a vision model takes. */
export const NUMBERED = {width: 320, height: 176};

/** The squares of `number` (0 to 255) on a grey ramp, as 8-bit RGB. */
export function drawNumbered(number: number): Uint8Array {
  const {width, height} = NUMBERED;
  const pixels = new Uint8Array(width * height * 3);
  for (let place = 0; place < width * height; place += 1)
    pixels.fill(60 + ((place % width) >> 2), 3 * place, 3 * place + 3);
  drawFrameNumber({width, height, pixels}, number);
  return pixels;
}

/** Writes frames that carry the numbers `first`, `first + 1` and so on. */
export async function writeNumberedClip(
  path: string,
  {frames = 12, first = 0, fps = 24} = {},
): Promise<void> {
  const {width, height} = NUMBERED;
  const writer = await VideoWriter.open(path, {width, height, fps, timescale: fps * 1000});
  for (let index = 0; index < frames; index += 1) {
    const timestampUs = Math.round((index * 1e6) / fps);
    const durationUs = Math.round(((index + 1) * 1e6) / fps) - timestampUs;
    const frame = makeFrame({width, height, index, timestampUs, durationUs});
    const pixels = drawNumbered(first + index);
    for (let place = 0; place < width * height; place += 1) frame.y[place] = pixels[3 * place] ?? 0;
    await writer.write(frame);
  }
  await writer.finish();
}
