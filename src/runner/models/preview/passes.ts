/**
 * The videos that go into a preview: checked against each other before any work, then decoded side by side, frame by
 * frame.
 */
import {CosmosError} from '../../../errors.ts';
import {decodeFrames} from '../../../media/frames.ts';
import type {PicturePool} from '../../../media/picture-pool.ts';
import type {Frame} from '../../../media/frame.ts';
import {probeVideo} from '../../../media/probe.ts';
import type {MediaFacts} from '../../../media/probe.ts';
import type {ControlName} from './controls.ts';
import type {PreviewSpec} from './spec.ts';

/** One instant of the scene: the colour frame and the frame of every control that came as a file. */
export interface Instant {
  color: Frame;
  given: Partial<Record<ControlName, Frame>>;
}

/** Rates that differ by less than this show the same instants (23.976 against 23.98). */
const FPS_TOLERANCE = 0.01;

/** Facts of the colour pass. Throws `input.invalid` when another pass differs, and what probeVideo throws. */
export async function checkPasses(spec: PreviewSpec): Promise<MediaFacts> {
  const color = await probeVideo(spec.colorFile);
  for (const {name, file} of spec.controls) {
    if (file === undefined) continue;
    const facts = await probeVideo(file);
    const difference = compare(facts, color);
    if (difference === undefined) continue;
    throw new CosmosError(
      'input.invalid',
      `${name} (${file}) has ${difference} in colour (${spec.colorFile})`,
      {
        hint: 'Render all passes of a scene with the same camera settings and frame range.',
      },
    );
  }
  return color;
}

function compare(pass: MediaFacts, color: MediaFacts): string | undefined {
  if (pass.width !== color.width || pass.height !== color.height) {
    return `${String(pass.width)}x${String(pass.height)} pixels, against ${String(color.width)}x${String(color.height)}`;
  }
  if (pass.frames !== color.frames) return `${String(pass.frames)} frames, against ${String(color.frames)}`;
  if (Math.abs(pass.fps - color.fps) > FPS_TOLERANCE) {
    return `${String(pass.fps)} frames per second, against ${String(color.fps)}`;
  }
  return undefined;
}

/** Decodes all passes in step. */
export async function* decodePasses(spec: PreviewSpec, pool: PicturePool): AsyncGenerator<Instant, void> {
  const given = spec.controls.flatMap(({name, file}) =>
    file === undefined ? [] : [{name, frames: decodeFrames(file, {pool})}],
  );
  try {
    for await (const color of decodeFrames(spec.colorFile, {pool})) {
      const instant: Instant = {color, given: {}};
      const nexts = await Promise.all(
        given.map(async ({name, frames}) => ({name, next: await frames.next()})),
      );
      for (const {name, next} of nexts) {
        if (next.done === true) throw new CosmosError('input.invalid', `${name} ends before colour does`);
        instant.given[name] = next.value;
      }
      yield instant;
    }
  } finally {
    await Promise.all(given.map(({frames}) => frames.return()));
  }
}
