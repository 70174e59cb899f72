/** What a video to be written looks like, and the H.264 profile and level that follow from it. */
import {CosmosError} from '../errors.ts';

export interface VideoSettings {
  /** Pixels; both must be even (4:2:0). */
  width: number;
  height: number;
  /** Frames per second, for rate control and key frames; shown times come from the frames. */
  fps: number;
  /** Ticks per second of the file's clock. Pass the source's (`readTraits`) to keep its times to the tick. */
  timescale?: number;
  /** Written into the file as it is; pass the source's to keep its colours. */
  colorSpace?: VideoColorSpaceInit;
}

/** H.264 levels (ITU-T H.264, table A-1): the most macroblocks a frame, and a second, and the level in hex. */
const LEVELS = [
  {frame: 8192, second: 245_760, hex: '28'},
  {frame: 36_864, second: 983_040, hex: '33'},
  {frame: 139_264, second: 16_711_680, hex: '3e'},
];

/** `1280x704` */
export function sizeOf({width, height}: {width: number; height: number}): string {
  return `${String(width)}x${String(height)}`;
}

/** Throws `input.invalid` for sizes that 4:2:0 cannot hold. */
export function refuseOddSizes(settings: VideoSettings): void {
  const {width, height} = settings;
  if (width > 0 && height > 0 && width % 2 === 0 && height % 2 === 0) return;
  throw new CosmosError('input.invalid', `a video of ${sizeOf(settings)} cannot be written as 4:2:0 H.264`, {
    hint: 'Use an even width and an even height.',
  });
}

/** `avc1.6400LL`: High profile at the lowest level of the table that admits the size and rate. */
export function codecString({width, height, fps}: VideoSettings): string {
  const blocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const level =
    LEVELS.find((entry) => blocks <= entry.frame && blocks * fps <= entry.second) ?? LEVELS.at(-1);
  return `avc1.6400${level?.hex ?? '3e'}`;
}
