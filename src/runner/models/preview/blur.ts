/**
 * The automatic "vis" control: a strong blur by shrinking and enlarging. Each block of factor x factor pixels is
 * averaged, and the averages are interpolated linearly between the block centres. Transfer1 does the same with bicubic
 * enlarging, after a filter chosen at random, which no preview can foresee.
 */

/** Fraction bits of interpolation weights; 8 in each direction leave room for 8-bit values in 32 bits. */
const BITS = 8;
const ONE = 1 << BITS;

/**
 * Blurs one plane of width x height bytes into `to`. `factor` is the block size in pixels of this plane; blocks at the
 * right and lower border may be smaller and average what is there.
 */
export function blurPlane(
  from: Uint8Array,
  to: Uint8Array,
  size: {width: number; height: number},
  factor: number,
): void {
  const {width, height} = size;
  const columns = Math.ceil(width / factor);
  const rows = Math.ceil(height / factor);
  const means = averageBlocks(from, size, factor);
  const across = interpolation(width, columns, factor);
  const down = interpolation(height, rows, factor);
  // One more than there are blocks, so that the last one has a neighbour to be interpolated with.
  const blend = new Int32Array(columns + 1);
  for (let y = 0; y < height; y += 1) {
    const top = (down.index[y] ?? 0) * columns;
    const bottom = Math.min(top + columns, (rows - 1) * columns);
    const weight = down.weight[y] ?? 0;
    for (let c = 0; c < columns; c += 1) {
      blend[c] = (means[top + c] ?? 0) * (ONE - weight) + (means[bottom + c] ?? 0) * weight;
    }
    blend[columns] = blend[columns - 1] ?? 0;
    spreadRow(blend, to.subarray(y * width, (y + 1) * width), across);
  }
}

/** Mean of every block, in reading order, rounded. */
export function averageBlocks(
  from: Uint8Array,
  {width, height}: {width: number; height: number},
  factor: number,
): Uint8Array {
  const columns = Math.ceil(width / factor);
  const rows = Math.ceil(height / factor);
  const means = new Uint8Array(columns * rows);
  const sums = new Int32Array(columns);
  for (let row = 0; row < rows; row += 1) {
    const end = Math.min((row + 1) * factor, height);
    sums.fill(0);
    for (let y = row * factor; y < end; y += 1)
      addRow(from.subarray(y * width, (y + 1) * width), sums, factor);
    for (let column = 0; column < columns; column += 1) {
      const pixels = (end - row * factor) * (Math.min((column + 1) * factor, width) - column * factor);
      means[row * columns + column] = ((sums[column] ?? 0) + (pixels >> 1)) / pixels;
    }
  }
  return means;
}

function addRow(row: Uint8Array, sums: Int32Array, factor: number): void {
  for (let column = 0, x = 0; x < row.length; column += 1) {
    const end = Math.min(x + factor, row.length);
    let sum = 0;
    for (; x < end; x += 1) sum += row[x] ?? 0;
    sums[column] = (sums[column] ?? 0) + sum;
  }
}

interface Interpolation {
  /** For each pixel the block whose centre lies before it. */
  index: Int32Array;
  /** How much of the next block to take, 0 to ONE. */
  weight: Int32Array;
}

/** Where each of `length` pixels lies between the centres of `blocks` blocks; before the first and after the last: clamped. */
function interpolation(length: number, blocks: number, factor: number): Interpolation {
  const index = new Int32Array(length);
  const weight = new Int32Array(length);
  for (let at = 0; at < length; at += 1) {
    const position = Math.min(Math.max((at + 0.5) / factor - 0.5, 0), blocks - 1);
    const before = Math.floor(position);
    index[at] = before;
    weight[at] = Math.round((position - before) * ONE);
  }
  return {index, weight};
}

function spreadRow(blend: Int32Array, to: Uint8Array, {index, weight}: Interpolation): void {
  for (let x = 0; x < to.length; x += 1) {
    const before = index[x] ?? 0;
    const left = blend[before] ?? 0;
    const right = blend[before + 1] ?? 0;
    to[x] = (left * ONE + (right - left) * (weight[x] ?? 0) + (1 << (2 * BITS - 1))) >> (2 * BITS);
  }
}
