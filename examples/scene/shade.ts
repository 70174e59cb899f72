/** Colour, depth and class of one ray of the sample scene: materials under sun, shadow, sky light, reflections and haze. */
import type {City} from './city.ts';
import type {ClassName} from './classes.ts';
import {hash3} from './random.ts';
import {HAZE, hazeAt, mix, skyColor, SKY_LIGHT, SUN, SUN_COLOR} from './sky.ts';
import type {Color} from './sky.ts';
import {groundSurface, roofSurface, wallSurface} from './surface.ts';
import type {Surface} from './surface.ts';
import {makeHit, trace} from './trace.ts';
import type {Hit, Ray} from './trace.ts';

/** Beyond this distance haze has swallowed everything. Metres. */
export const REACH = 1600;

/** Longest shadow that is looked for, in metres. */
const SHADOW_REACH = 260;

export interface Sample {
  color: Color;
  kind: ClassName;
  /** Metres along the ray; Infinity for the sky. */
  distance: number;
}

/** A place on a surface. */
interface Spot {
  x: number;
  y: number;
  z: number;
  nx: number;
  ny: number;
  nz: number;
  surface: Surface;
  kind: ClassName;
}

const met: Hit = makeHit();
const shadow: Hit = makeHit();

/** Looks along `ray`; `pixelAngle` is the width of a pixel in radians. */
export function sampleRay(city: City, ray: Ray, pixelAngle: number): Sample {
  trace(city, ray, REACH, met);
  if (met.t === Infinity)
    return {color: skyColor(ray.dx, ray.dy, ray.dz, true), kind: 'sky', distance: Infinity};
  const spot = spotOf(ray, met, met.t * pixelAngle);
  const distance = met.t;
  const color = light(city, ray, spot);
  const haze = hazeAt(distance);
  return {
    color: {r: mix(color.r, HAZE.r, haze), g: mix(color.g, HAZE.g, haze), b: mix(color.b, HAZE.b, haze)},
    kind: spot.kind,
    distance,
  };
}

function spotOf(ray: Ray, hit: Hit, footprint: number): Spot {
  const x = ray.x + ray.dx * hit.t;
  const y = ray.y + ray.dy * hit.t;
  const z = ray.z + ray.dz * hit.t;
  if (hit.ball !== undefined) return leafSpot({x, y, z}, hit.ball);
  const box = hit.box;
  if (box === undefined) {
    const ground = groundSurface(x, z, footprint);
    return {x, y: 0, z, nx: 0, ny: 1, nz: 0, surface: ground, kind: ground.kind};
  }
  if (hit.axis === 1) {
    return {
      x,
      y,
      z,
      nx: 0,
      ny: ray.dy < 0 ? 1 : -1,
      nz: 0,
      surface: roofSurface(box, x, z),
      kind: box.kind === 'car' ? 'car' : 'roof',
    };
  }
  const isX = hit.axis === 0;
  const along = isX ? z - box.z0 : x - box.x0;
  const surface = wallSurface(box, along, y, footprint);
  const [nx, nz] = isX ? [ray.dx < 0 ? 1 : -1, 0] : [0, ray.dz < 0 ? 1 : -1];
  return {x, y, z, nx, ny: 0, nz, surface, kind: box.kind};
}

function leafSpot(
  at: {x: number; y: number; z: number},
  ball: {x: number; y: number; z: number; radius: number; seed: number},
): Spot {
  // Leaves catch light unevenly: the normal of the ball, shaken a little.
  const shake = (axis: number): number =>
    0.9 * (hash3(Math.floor(at.x * 2.5), Math.floor(at.y * 2.5) + axis, Math.floor(at.z * 2.5)) - 0.5);
  const normal = [at.x - ball.x, at.y - ball.y, at.z - ball.z].map(
    (value, axis) => value / ball.radius + shake(axis),
  );
  const length = Math.hypot(...normal);
  const [nx = 0, ny = 1, nz = 0] = normal.map((value) => value / length);
  const tone = 0.75 + 0.5 * hash3(ball.seed, 1, 1);
  return {
    ...at,
    nx,
    ny,
    nz,
    surface: {color: {r: 0.085 * tone, g: 0.17 * tone, b: 0.045 * tone}, gloss: 0, glow: 0},
    kind: 'tree',
  };
}

function light(city: City, ray: Ray, spot: Spot): Color {
  const {surface, nx, ny, nz} = spot;
  const facing = nx * SUN[0] + ny * SUN[1] + nz * SUN[2];
  const sun = facing > 0 && !isShaded(city, spot) ? facing : 0;
  // Sky light from above, a little light from the ground, less of both deep between houses.
  const open = (0.6 + 0.4 * ny) * (0.55 + 0.45 * Math.min(1, spot.y / 40));
  const shine = surface.gloss * reflectance(-(ray.dx * nx + ray.dy * ny + ray.dz * nz));
  const mirror = shine > 0.02 ? mirrored(ray, spot) : HAZE;
  const channel = (name: keyof Color): number => {
    const matt = surface.color[name] * (sun * SUN_COLOR[name] + open * SKY_LIGHT[name] + 0.06);
    return mix(matt, mirror[name], shine);
  };
  return {
    r: channel('r') + 1.1 * surface.glow,
    g: channel('g') + 0.72 * surface.glow,
    b: channel('b') + 0.34 * surface.glow,
  };
}

/** Schlick's approximation for window glass, raised a little: coated glass reflects more. */
function reflectance(cosine: number): number {
  return 0.22 + 0.78 * (1 - Math.min(1, Math.max(0, cosine))) ** 5;
}

/** The sky where a mirror would show it; towards the ground, a dull street. */
function mirrored(ray: Ray, {nx, ny, nz}: Spot): Color {
  const twice = 2 * (ray.dx * nx + ray.dy * ny + ray.dz * nz);
  const [dx, dy, dz] = [ray.dx - twice * nx, ray.dy - twice * ny, ray.dz - twice * nz];
  if (dy > 0) return skyColor(dx, dy, dz, true);
  const street = Math.min(1, -dy * 4);
  return {r: mix(HAZE.r, 0.16, street), g: mix(HAZE.g, 0.16, street), b: mix(HAZE.b, 0.17, street)};
}

function isShaded(city: City, {x, y, z, nx, ny, nz}: Spot): boolean {
  const ray = {x: x + nx * 0.02, y: y + ny * 0.02, z: z + nz * 0.02, dx: SUN[0], dy: SUN[1], dz: SUN[2]};
  trace(city, ray, SHADOW_REACH, shadow);
  return shadow.t < SHADOW_REACH;
}
