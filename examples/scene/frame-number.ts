/**
 * The frame number in the corner of the colour pass: digits for people and, below them, eight squares for programs (the
 * number in binary, highest bit first, white for 1). Squares sit on the codec's 16 pixel blocks, so they stay clean.
 */
import type {RgbPicture} from '../../src/media/rgb.ts';

/** 3 x 5 pixels per digit, one row per number, highest bit on the left. */
const DIGITS = [
  [7, 5, 5, 5, 7],
  [2, 6, 2, 2, 7],
  [7, 1, 7, 4, 7],
  [7, 1, 7, 1, 7],
  [5, 5, 7, 1, 1],
  [7, 4, 7, 1, 7],
  [7, 4, 7, 5, 7],
  [7, 1, 2, 2, 2],
  [7, 5, 7, 5, 7],
  [7, 5, 7, 1, 7],
];

const SQUARE = 16;
const BITS = 8;
/** Left edge of the panel, and distance of the squares from the lower edge of the picture; multiples of 16. */
const LEFT = 32;
const BOTTOM = 48;
const DIGIT_SCALE = 8;

/** Burns `number` (0 to 255) into the lower left corner. */
export function drawFrameNumber(picture: RgbPicture, number: number): void {
  const top = picture.height - BOTTOM;
  const panel = {x: LEFT - SQUARE, y: top - 64, width: (BITS + 2) * SQUARE, height: 64 + 2 * SQUARE};
  fill(picture, panel, 56);
  for (let bit = 0; bit < BITS; bit += 1) {
    const isOn = ((number >> (BITS - 1 - bit)) & 1) === 1;
    fill(picture, {x: LEFT + bit * SQUARE, y: top, width: SQUARE, height: SQUARE}, isOn ? 255 : 0);
  }
  for (const [place, digit] of Array.from(String(number).padStart(3, '0')).entries()) {
    drawDigit(picture, Number(digit), LEFT + place * 4 * DIGIT_SCALE, top - 52);
  }
}

/** Reads the squares back from the luma of a decoded frame. */
export function readFrameNumber(frame: {width: number; height: number; y: Uint8Array}): number {
  let number = 0;
  for (let bit = 0; bit < BITS; bit += 1) {
    const x = LEFT + bit * SQUARE + SQUARE / 2;
    const row = frame.height - BOTTOM + SQUARE / 2;
    number = number * 2 + ((frame.y[row * frame.width + x] ?? 0) > 128 ? 1 : 0);
  }
  return number;
}

function drawDigit(picture: RgbPicture, digit: number, x: number, y: number): void {
  for (const [row, bits] of (DIGITS[digit] ?? []).entries()) {
    for (let column = 0; column < 3; column += 1) {
      if (((bits >> (2 - column)) & 1) === 0) continue;
      const at = {x: x + column * DIGIT_SCALE, y: y + row * DIGIT_SCALE};
      fill(picture, {...at, width: DIGIT_SCALE, height: DIGIT_SCALE}, 255);
    }
  }
}

function fill(
  picture: RgbPicture,
  area: {x: number; y: number; width: number; height: number},
  value: number,
): void {
  for (let y = area.y; y < area.y + area.height; y += 1) {
    const start = (y * picture.width + area.x) * 3;
    picture.pixels.fill(value, start, start + area.width * 3);
  }
}
