/** What the sample scene is made of, and the flat colour of each class in the segmentation pass. */

export type Rgb = readonly [number, number, number];

export const CLASSES = [
  'sky',
  'road',
  'pavement',
  'grass',
  'tree',
  'car',
  'glass',
  'brick',
  'concrete',
  'roof',
] as const;
export type ClassName = (typeof CLASSES)[number];

/** 8-bit RGB, far apart from each other; building kinds are warm, ground is cool. */
export const CLASS_COLORS: Record<ClassName, Rgb> = {
  sky: [70, 130, 200],
  road: [90, 60, 120],
  pavement: [230, 120, 220],
  grass: [150, 240, 140],
  tree: [40, 130, 40],
  car: [20, 20, 200],
  glass: [30, 210, 220],
  brick: [200, 50, 40],
  concrete: [240, 180, 60],
  roof: [110, 110, 110],
};
