/**
 * Canny edge detection (J. Canny, "A Computational Approach to Edge Detection", IEEE PAMI 8(6), 1986) on 8-bit luma, in
 * integers: Gaussian smoothing (3x3 binomial, sigma 0.71), Sobel gradient, non-maximum suppression, hysteresis. Gradients
 * are measured as |gx| + |gy| like OpenCV's default, so thresholds mean the same; OpenCV itself does not smooth.
 */
import type {CannyThresholds} from './presets.ts';

/** Working memory for one picture size, to be reused from frame to frame. */
export interface CannyMemory {
  width: number;
  height: number;
  /** The vertical half of the filter for one row: weighted sums and differences of columns. */
  sums: Int32Array;
  steps: Int32Array;
  gradientX: Int16Array;
  gradientY: Int16Array;
  magnitude: Int16Array;
  stack: Int32Array;
}

/** Marks in the edge map while it is being made. */
const NONE = 0;
const WEAK = 1;
const STRONG = 2;

/** tan(22.5 degrees) in 15-bit fixed point, the border between "along an axis" and "diagonal" (as in OpenCV). */
const TAN_22 = 13573;

export function makeCannyMemory(width: number, height: number): CannyMemory {
  const size = width * height;
  return {
    width,
    height,
    sums: new Int32Array(width),
    steps: new Int32Array(width),
    gradientX: new Int16Array(size),
    gradientY: new Int16Array(size),
    magnitude: new Int16Array(size),
    stack: new Int32Array(size),
  };
}

/**
 * Writes `on` into `edges` where `luma` has an edge and `off` elsewhere. Both are width x height bytes without row padding.
 * The two outermost pixels on each side are never edges.
 */
export function detectEdges(
  luma: Uint8Array,
  edges: Uint8Array,
  memory: CannyMemory,
  options: CannyThresholds & {on: number; off: number},
): void {
  measureGradient(luma, memory, options.low);
  const strong = suppressNonMaxima(memory, edges, options);
  connectWeak(memory, edges, strong);
  for (let at = 0; at < edges.length; at += 1) edges[at] = edges[at] === STRONG ? options.on : options.off;
}

/**
 * Smoothing and Sobel in one pass, as both are separable: [1 2 1] twice is [1 4 6 4 1], and [1 2 1] before [-1 0 1] is
 * [-1 -2 0 2 1]; sixteenths are dropped at the end. The two outermost pixels on each side stay 0. Directions are only
 * kept where the magnitude is above `low`: nobody asks for the others.
 */
export function measureGradient(luma: Uint8Array, memory: CannyMemory, low: number): void {
  const {width, height} = memory;
  for (let row = 2; row < height - 2; row += 1) {
    addColumns(luma, memory, row * width);
    addRow(memory, row * width, low);
  }
}

function addColumns(luma: Uint8Array, {width, sums, steps}: CannyMemory, here: number): void {
  for (let x = 0; x < width; x += 1) {
    const at = here + x;
    const a = luma[at - 2 * width] ?? 0;
    const b = luma[at - width] ?? 0;
    const d = luma[at + width] ?? 0;
    const e = luma[at + 2 * width] ?? 0;
    sums[x] = a + e + 4 * (b + d) + 6 * (luma[at] ?? 0);
    steps[x] = e - a + 2 * (d - b);
  }
}

/** The horizontal half. Five columns slide through variables, and signs are dropped without a branch: twice as fast. */
function addRow(
  {width, sums, steps, gradientX, gradientY, magnitude}: CannyMemory,
  here: number,
  low: number,
): void {
  let [s0, s1, s2, s3] = [sums[0] ?? 0, sums[1] ?? 0, sums[2] ?? 0, sums[3] ?? 0];
  let [d0, d1, d2, d3] = [steps[0] ?? 0, steps[1] ?? 0, steps[2] ?? 0, steps[3] ?? 0];
  for (let x = 2; x < width - 2; x += 1) {
    const s4 = sums[x + 2] ?? 0;
    const d4 = steps[x + 2] ?? 0;
    const gx = (s4 - s0 + 2 * (s3 - s1) + 8) >> 4;
    const gy = (d0 + d4 + 4 * (d1 + d3) + 6 * d2 + 8) >> 4;
    const signX = gx >> 31;
    const signY = gy >> 31;
    const strength = (gx ^ signX) - signX + ((gy ^ signY) - signY);
    magnitude[here + x] = strength;
    if (strength > low) {
      gradientX[here + x] = gx;
      gradientY[here + x] = gy;
    }
    s0 = s1;
    s1 = s2;
    s2 = s3;
    s3 = s4;
    d0 = d1;
    d1 = d2;
    d2 = d3;
    d3 = d4;
  }
}

/**
 * Keeps a pixel above `low` only where no neighbour across the edge is stronger, and marks it WEAK, or STRONG above
 * `high`. Of two equal neighbours the first one stays, so ridges are one pixel wide. Returns how many STRONG pixels were
 * pushed onto `memory.stack`.
 */
export function suppressNonMaxima(
  memory: CannyMemory,
  edges: Uint8Array,
  {low, high}: CannyThresholds,
): number {
  const {width, height, magnitude, stack} = memory;
  let count = 0;
  edges.fill(NONE);
  for (let row = 1; row < height - 1; row += 1) {
    const end = (row + 1) * width - 1;
    for (let at = row * width + 1; at < end; at += 1) {
      const strength = magnitude[at] ?? 0;
      if (strength <= low) continue;
      const step = acrossEdge(memory, at);
      if (strength <= (magnitude[at - step] ?? 0) || strength < (magnitude[at + step] ?? 0)) continue;
      if (strength > high) {
        edges[at] = STRONG;
        stack[count++] = at;
      } else {
        edges[at] = WEAK;
      }
    }
  }
  return count;
}

/** Offset to the next pixel in the direction of the gradient, of the four that a pixel grid has. */
function acrossEdge({gradientX, gradientY, width}: CannyMemory, at: number): number {
  const gx = gradientX[at] ?? 0;
  const gy = gradientY[at] ?? 0;
  const x = gx < 0 ? -gx : gx;
  const y = (gy < 0 ? -gy : gy) << 15;
  const border = x * TAN_22;
  if (y < border) return 1;
  // tan(67.5 degrees) = tan(22.5 degrees) + 2
  if (y > border + (x << 16)) return width;
  return gx < 0 === gy < 0 ? width + 1 : width - 1;
}

/** Turns every WEAK pixel that touches a STRONG one, directly or through others, into STRONG. */
export function connectWeak({width, stack}: CannyMemory, edges: Uint8Array, strong: number): void {
  let count = strong;
  while (count > 0) {
    const at = stack[--count] ?? 0;
    for (let row = at - width; row <= at + width; row += width) {
      for (let near = row - 1; near <= row + 1; near += 1) {
        if (edges[near] !== WEAK) continue;
        edges[near] = STRONG;
        stack[count++] = near;
      }
    }
  }
}
