/** Repeatable randomness: the same scene on every machine. */

/** A stream of numbers in [0, 1) from a 32-bit seed (mulberry32, public domain, by Tommy Ettinger). */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A number in [0, 1) that depends on three whole numbers only: for patterns that need no memory. */
export function hash3(a: number, b: number, c: number): number {
  let mixed = Math.imul(a | 0, 374_761_393) ^ Math.imul(b | 0, 668_265_263) ^ Math.imul(c | 0, 1_274_126_177);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 1_103_515_245);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 4_294_967_296;
}
