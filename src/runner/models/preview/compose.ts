/**
 * Mixes the colour pass and up to four controls into one picture: sum(w x control) + (1 - sum w) x colour. The weights
 * sum to 1, so the mix of YUV values is the mix of the RGB pictures, and whole I420 pictures are mixed in one pass.
 */

/** Weights are whole numbers of 1/65536; 255 x 65536 fits 32 bits. */
const BITS = 16;
const ONE = 1 << BITS;
const HALF = 1 << (BITS - 1);

/** vis, edge, depth and seg. One loop over all of them is twice as fast as one loop for each. */
const MAX_LAYERS = 4;

/** Scales weights down to a sum of 1 when they sum above 1; smaller sums stay, the colour pass takes the rest. */
export function normalizeWeights(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return sum > 1 ? weights.map((weight) => weight / sum) : [...weights];
}

/** One weight per layer in 1/65536, then what is left for the colour pass; together exactly 65536. */
export function fixedWeights(weights: readonly number[]): {layers: number[]; color: number} {
  const layers = normalizeWeights(weights).map((weight) => Math.round(weight * ONE));
  const color = ONE - layers.reduce((total, weight) => total + weight, 0);
  if (color >= 0) return {layers, color};
  // Rounding four weights up can overshoot by 2/65536; the heaviest gives it back.
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

function mix([a, b, c, d, e]: Five<Uint8Array>, [wa, wb, wc, wd, we]: Five<number>, to: Uint8Array): void {
  for (let at = 0; at < to.length; at += 1) {
    const sum =
      (a[at] ?? 0) * wa + (b[at] ?? 0) * wb + (c[at] ?? 0) * wc + (d[at] ?? 0) * wd + (e[at] ?? 0) * we;
    to[at] = (sum + HALF) >> BITS;
  }
}
