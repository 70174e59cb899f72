/**
 * Finds what a ray meets first: a walk through the 30 m cells of the city (Amanatides and Woo, "A Fast Voxel Traversal
 * Algorithm", 1987) with box and ball tests in each, and the ground below.
 */
import {CELL} from './city.ts';
import type {Ball, Box, Cell, City} from './city.ts';

export interface Ray {
  x: number;
  y: number;
  z: number;
  /** Direction, of length 1. */
  dx: number;
  dy: number;
  dz: number;
}

/** What was met; reused from ray to ray. `t` is the distance in metres, Infinity for the sky. */
export interface Hit {
  t: number;
  box: Box | undefined;
  ball: Ball | undefined;
  /** Axis of the face of a box that was met: 0 for x, 1 for y, 2 for z. */
  axis: number;
}

export function makeHit(): Hit {
  return {t: Infinity, box: undefined, ball: undefined, axis: 1};
}

/** The nearest thing within `reach` metres into `hit`. */
export function trace(city: City, ray: Ray, reach: number, hit: Hit): void {
  hit.t = reach;
  hit.box = undefined;
  hit.ball = undefined;
  hit.axis = 1;
  if (ray.dy < 0) hit.t = Math.min(reach, -ray.y / ray.dy);
  const ground = hit.t;
  let column = Math.floor((ray.x - city.x) / CELL);
  let row = Math.floor((ray.z - city.z) / CELL);
  const stepX = ray.dx < 0 ? -1 : 1;
  const stepZ = ray.dz < 0 ? -1 : 1;
  const perX = CELL / Math.max(Math.abs(ray.dx), 1e-9);
  const perZ = CELL / Math.max(Math.abs(ray.dz), 1e-9);
  let nextX = (city.x + (column + (stepX > 0 ? 1 : 0)) * CELL - ray.x) / nonZero(ray.dx);
  let nextZ = (city.z + (row + (stepZ > 0 ? 1 : 0)) * CELL - ray.z) / nonZero(ray.dz);
  let enter = 0;
  while (enter < hit.t) {
    const leave = Math.min(nextX, nextZ);
    const cell = column >= 0 && column < city.columns ? city.cells[row * city.columns + column] : undefined;
    if (cell !== undefined) meetCell(cell, ray, lowestPoint(ray, enter, Math.min(leave, hit.t)), hit);
    if (hit.t <= leave) break;
    enter = leave;
    if (nextX < nextZ) {
      column += stepX;
      nextX += perX;
    } else {
      row += stepZ;
      nextZ += perZ;
    }
    if (row < 0 || row > city.rows) break;
  }
  if (hit.t === ground && ground >= reach) hit.t = Infinity;
}

function nonZero(value: number): number {
  return Math.abs(value) < 1e-9 ? (value < 0 ? -1e-9 : 1e-9) : value;
}

/** The lowest height of a ray between two distances. */
function lowestPoint(ray: Ray, enter: number, leave: number): number {
  return ray.y + ray.dy * (ray.dy < 0 ? leave : enter);
}

function meetCell(cell: Cell, ray: Ray, lowest: number, hit: Hit): void {
  if (lowest > cell.top) return;
  for (const box of cell.boxes) if (box.y1 >= lowest) meetBox(box, ray, hit);
  for (const ball of cell.balls) if (ball.y + ball.radius >= lowest) meetBall(ball, ray, hit);
}

function meetBox(box: Box, ray: Ray, hit: Hit): void {
  const ix = 1 / nonZero(ray.dx);
  const iy = 1 / nonZero(ray.dy);
  const iz = 1 / nonZero(ray.dz);
  const ax = (box.x0 - ray.x) * ix;
  const bx = (box.x1 - ray.x) * ix;
  const ay = (box.y0 - ray.y) * iy;
  const by = (box.y1 - ray.y) * iy;
  const az = (box.z0 - ray.z) * iz;
  const bz = (box.z1 - ray.z) * iz;
  const nearX = Math.min(ax, bx);
  const nearY = Math.min(ay, by);
  const nearZ = Math.min(az, bz);
  const near = Math.max(nearX, nearY, nearZ);
  const far = Math.min(Math.max(ax, bx), Math.max(ay, by), Math.max(az, bz));
  if (near > far || near <= 1e-3 || near >= hit.t) return;
  hit.t = near;
  hit.box = box;
  hit.ball = undefined;
  hit.axis = near === nearX ? 0 : near === nearY ? 1 : 2;
}

function meetBall(ball: Ball, ray: Ray, hit: Hit): void {
  const x = ray.x - ball.x;
  const y = ray.y - ball.y;
  const z = ray.z - ball.z;
  const b = x * ray.dx + y * ray.dy + z * ray.dz;
  const root = b * b - (x * x + y * y + z * z - ball.radius * ball.radius);
  if (root < 0) return;
  const t = -b - Math.sqrt(root);
  if (t <= 1e-3 || t >= hit.t) return;
  hit.t = t;
  hit.box = undefined;
  hit.ball = ball;
}
