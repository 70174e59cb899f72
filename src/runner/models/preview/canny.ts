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
  /** Pixels above the lower threshold, in reading order. */
  candidates: Int32Array;
  marks: Uint8Array;
  stack: Int32Array;
}

/** Marks of pixels; 0 for all others. */
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
    candidates: new Int32Array(size),
    marks: new Uint8Array(size),
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
  const found = measureGradient(luma, memory, options.low);
  connectWeak(memory, suppressNonMaxima(memory, found, options.high));
  edges.fill(options.off);
  for (let index = 0; index < found; index += 1) {
    const at = memory.candidates[index] ?? 0;
    if (memory.marks[at] === STRONG) edges[at] = options.on;
  }
}

/**
 * Smoothing and Sobel in one pass, as both are separable: [1 2 1] twice is [1 4 6 4 1], and [1 2 1] before [-1 0 1] is
 * [-1 -2 0 2 1]; sixteenths are dropped at the end. The two outermost pixels on each side stay 0. Pixels with a magnitude
 * above `low` become candidates; only they get a direction. Returns how many there are.
 */
export function measureGradient(luma: Uint8Array, memory: CannyMemory, low: number): number {
  const {width, height} = memory;
  let found = 0;
  for (let row = 2; row < height - 2; row += 1) {
    addColumns(luma, memory, row * width);
    found = addRow(memory, row * width, low, found);
  }
  return found;
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
function addRow(memory: CannyMemory, here: number, low: number, found: number): number {
  const {width, sums, steps, gradientX, gradientY, magnitude, candidates} = memory;
  let count = found;
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
      candidates[count++] = here + x;
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
  return count;
}

/**
 * Marks a candidate WEAK, or STRONG above `high`, unless a neighbour across the edge is stronger. Of two equal neighbours
 * the first one stays, so ridges are one pixel wide. Returns how many STRONG pixels were pushed onto `memory.stack`.
 */
export function suppressNonMaxima(memory: CannyMemory, found: number, high: number): number {
  const {magnitude, candidates, marks, stack} = memory;
  let count = 0;
  marks.fill(0);
  for (let index = 0; index < found; index += 1) {
    const at = candidates[index] ?? 0;
    const strength = magnitude[at] ?? 0;
    const step = acrossEdge(memory, at);
    if (strength <= (magnitude[at - step] ?? 0) || strength < (magnitude[at + step] ?? 0)) continue;
    marks[at] = strength > high ? STRONG : WEAK;
    if (strength > high) stack[count++] = at;
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
export function connectWeak({width, stack, marks}: CannyMemory, strong: number): void {
  let count = strong;
  while (count > 0) {
    const at = stack[--count] ?? 0;
    for (let row = at - width; row <= at + width; row += width) {
      for (let near = row - 1; near <= row + 1; near += 1) {
        if (marks[near] !== WEAK) continue;
        marks[near] = STRONG;
        stack[count++] = near;
      }
    }
  }
}
