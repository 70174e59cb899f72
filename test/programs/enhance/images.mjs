/** Pictures as a chat gets them: data URLs, and the frame number that is burned into their lower left corner. */
import {createHash} from 'node:crypto';
import {decodeJpeg, isJpeg} from './jpeg.mjs';
import {decodePng, isPng} from './png.mjs';

/** Places in a picture of the full size, which examples/scene/frame-number.ts draws: eight squares of 16 pixels, on grey. */
const SQUARE = 16;
const BITS = 8;
const LEFT = 32;
const BOTTOM = 48;
/** Between them a square is neither black nor white, and no number is read. */
const BLACK = 90;
const WHITE = 165;

/** @throws Error with what a server says of it */
export function readDataUrl(url) {
  const [, type, data] = /^data:(image\/(?:png|jpeg));base64,([A-Za-z0-9+/]+={0,2})$/.exec(url) ?? [];
  if (data === undefined)
    throw new Error('Invalid image URL: expected a base64 data URL of image/png or image/jpeg');
  const bytes = Buffer.from(data, 'base64');
  const isRight = type === 'image/png' ? isPng(bytes) : isJpeg(bytes);
  if (!isRight) throw new Error('cannot identify image file');
  const picture = type === 'image/png' ? decodePng(bytes) : decodeJpeg(bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {type, bytes: bytes.length, sha256, ...picture};
}

/** The number in a picture that was made smaller from `scene`; null where none can be read. */
export function readNumber({width, height, luma}, scene) {
  const scale = {x: width / scene.width, y: height / scene.height};
  const brightness = (x, y) => {
    let sum = 0;
    const [middleX, middleY] = [Math.round(x * scale.x), Math.round(y * scale.y)];
    for (let row = -1; row <= 1; row += 1)
      for (let column = -1; column <= 1; column += 1)
        sum += luma[(middleY + row) * width + middleX + column] ?? 0;
    return sum / 9;
  };
  const y = scene.height - BOTTOM + SQUARE / 2;
  let number = 0;
  for (let bit = 0; bit < BITS; bit += 1) {
    const value = brightness(LEFT + bit * SQUARE + SQUARE / 2, y);
    if (value > BLACK && value < WHITE) return null;
    number = 2 * number + (value >= WHITE ? 1 : 0);
  }
  return number;
}
