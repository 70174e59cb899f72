/** From the colours of HD video (ITU-R BT.709) to those that WebP has (BT.601), both in limited range. */
import type {Frame} from '../frame.ts';

/** Grey in the planes of colour differences. */
const NEUTRAL = 128;

/** Changes the frame in place. The numbers follow from the luma weights of the two recommendations. */
export function toSdColors({y, u, v, width, height}: Frame): void {
  const half = (width + 1) >> 1;
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const at = (row >> 1) * half + (column >> 1);
      const [blue, red] = [(u[at] ?? NEUTRAL) - NEUTRAL, (v[at] ?? NEUTRAL) - NEUTRAL];
      const place = row * width + column;
      y[place] = limit((y[place] ?? 0) + 0.101579 * blue + 0.196076 * red);
    }
  for (let at = 0; at < u.length; at += 1) {
    const [blue, red] = [(u[at] ?? NEUTRAL) - NEUTRAL, (v[at] ?? NEUTRAL) - NEUTRAL];
    u[at] = limit(NEUTRAL + 0.989854 * blue - 0.110653 * red);
    v[at] = limit(NEUTRAL - 0.072453 * blue + 0.983398 * red);
  }
}

function limit(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
