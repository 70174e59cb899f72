/**
 * The automatic "vis" control: a strong blur by shrinking and enlarging. Each block of factor x factor pixels is
 * averaged, and the averages are interpolated linearly between the block centres. Transfer1 does the same with bicubic
 * enlarging, after a filter chosen at random, which no preview can foresee.
 */

/** Fraction bits of interpolation weights; 8 in each direction leave room for 8-bit values in 32 bits. */
const BITS = 8;
const ONE = 1 << BITS;
const HALF = 1 << (2 * BITS - 1);

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
  const weights = weightsBetween(factor);
  // One more than there are blocks, so that the last one has a neighbour to be interpolated with.
  const blend = new Int32Array(columns + 1);
  for (let y = 0; y < height; y += 1) {
    // Rows above the first centre lie in no interval; they take the first row of blocks as it is.
    const interval = Math.floor((y - (factor >> 1)) / factor);
    const top = Math.max(interval, 0) * columns;
    const bottom = Math.min(interval + 1, rows - 1) * columns;
    const weight = weights[y - (factor >> 1) - interval * factor] ?? 0;
    for (let c = 0; c < columns; c += 1) {
      blend[c] = (means[top + c] ?? 0) * (ONE - weight) + (means[bottom + c] ?? 0) * weight;
    }
    blend[columns] = blend[columns - 1] ?? 0;
    spreadRow(blend, to.subarray(y * width, (y + 1) * width), factor, weights);
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

/** How much of the next block each pixel takes, 0 to ONE, from the first pixel at or behind a block's centre. */
function weightsBetween(factor: number): Int32Array {
  return Int32Array.from({length: factor}, (_, at) =>
    Math.round((((factor >> 1) + at + 0.5) / factor - 0.5) * ONE),
  );
}

function spreadRow(blend: Int32Array, to: Uint8Array, factor: number, weights: Int32Array): void {
  let x = factor >> 1;
  to.fill(((blend[0] ?? 0) * ONE + HALF) >> (2 * BITS), 0, x);
  for (let block = 0; x < to.length; block += 1) {
    const base = (blend[block] ?? 0) * ONE + HALF;
    const step = (blend[block + 1] ?? 0) - (blend[block] ?? 0);
    const end = Math.min(x + factor, to.length);
    for (let at = 0; x < end; at += 1, x += 1) to[x] = (base + step * (weights[at] ?? 0)) >> (2 * BITS);
  }
}
