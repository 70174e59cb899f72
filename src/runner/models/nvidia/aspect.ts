/** Models work at a few sizes only: what a video of another shape goes through. */
import type {RunFile} from '../../../manifest/types.gen.ts';

export type Size = readonly [width: number, height: number];
type Media = NonNullable<RunFile['media']>;

/** Transfer1, and Transfer2.5 at its usual resolution of 720. */
export const BUCKETS_720: readonly Size[] = [
  [960, 960],
  [960, 704],
  [704, 960],
  [1280, 704],
  [704, 1280],
];

/** Nobody sees less. */
const TOLERANCE = 0.04;

/** A note for a video whose shape is none of the model's; nothing for one that fits. */
export function describeReshaping(
  title: string,
  media: Media | undefined,
  buckets: readonly Size[],
): string[] {
  if (!media) return [];
  const shape = media.width / media.height;
  const distance = ([width, height]: Size): number => Math.abs(Math.log(width / height / shape));
  const [nearest] = buckets.toSorted((a, b) => distance(a) - distance(b));
  if (!nearest || distance(nearest) <= TOLERANCE) return [];
  const [width, height] = nearest;
  return [
    `the video is ${media.width}x${media.height}; ${title} works at ${width}x${height}, the nearest shape that it has, and changes the proportions by ${Math.round(100 * distance(nearest))} %`,
  ];
}
