/**
 * The layout of the sample city: blocks of 60 m with four lots each, between roads of 14 m. Metres; x to the right, y up,
 * z forward. Everything lies in a grid of 30 m cells, which is what rays walk through.
 */
import type {ClassName} from './classes.ts';
import {makeRandom} from './random.ts';

export interface Box {
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  z0: number;
  z1: number;
  kind: ClassName;
  /** A whole number that picks colours and lit windows. */
  seed: number;
}

export interface Ball {
  x: number;
  y: number;
  z: number;
  radius: number;
  seed: number;
}

export interface Cell {
  boxes: Box[];
  balls: Ball[];
  /** Highest point of anything in the cell. */
  top: number;
}

export interface City {
  /** Cells in rows along x; `columns` of them a row. */
  cells: Cell[];
  columns: number;
  rows: number;
  /** Corner of the first cell. */
  x: number;
  z: number;
}

export const CELL = 30;
export const BLOCK = 60;
/** Distance from the middle of a road to its kerb, and to the end of the pavement. */
export const ROAD = 7;
export const PAVEMENT = 10.5;

const COLUMNS = 64;
const ROWS = 56;
const DOWNTOWN = {x: 40, z: 620};

type Random = () => number;

/** The standing parts of the city; the same for the same seed. */
export function makeCity(seed: number): City {
  const random = makeRandom(seed);
  const city: City = {cells: [], columns: COLUMNS, rows: ROWS, x: (-COLUMNS / 2) * CELL, z: -2 * CELL};
  for (let row = 0; row < ROWS; row += 1) {
    for (let column = 0; column < COLUMNS; column += 1) {
      const cell: Cell = {boxes: [], balls: [], top: 0};
      fillLot(cell, {x: city.x + column * CELL, z: city.z + row * CELL}, random);
      city.cells.push(cell);
    }
  }
  return city;
}

/** Adds a box to every cell that it touches. */
export function addBox(city: City, box: Box): void {
  const [first, last] = [Math.floor((box.x0 - city.x) / CELL), Math.floor((box.x1 - city.x) / CELL)];
  for (
    let row = Math.floor((box.z0 - city.z) / CELL);
    row <= Math.floor((box.z1 - city.z) / CELL);
    row += 1
  ) {
    for (let column = first; column <= last; column += 1) {
      const cell = city.cells[row * city.columns + column];
      if (cell === undefined || column < 0 || column >= city.columns) continue;
      cell.boxes.push(box);
      cell.top = Math.max(cell.top, box.y1);
    }
  }
}

function fillLot(cell: Cell, corner: {x: number; z: number}, random: Random): void {
  // A cell is a quarter of a block: the side that faces the road is the lower one for even cells, else the upper one.
  const x0 = corner.x + (isEven(corner.x) ? PAVEMENT + 0.5 : 0.75);
  const z0 = corner.z + (isEven(corner.z) ? PAVEMENT + 0.5 : 0.75);
  const side = CELL - PAVEMENT - 1.25;
  const lot = {x0, x1: x0 + side, z0, z1: z0 + side};
  plantStreet(cell, corner, random);
  if (random() < 0.1) plantPark(cell, lot, random);
  else build(cell, lot, random);
  cell.top = Math.max(
    0,
    ...cell.boxes.map((box) => box.y1),
    ...cell.balls.map((ball) => ball.y + ball.radius),
  );
}

function isEven(position: number): boolean {
  return Math.round(position / CELL) % 2 === 0;
}

type Lot = Pick<Box, 'x0' | 'x1' | 'z0' | 'z1'>;

function build(cell: Cell, lot: Lot, random: Random): void {
  const distance = Math.hypot(lot.x0 - DOWNTOWN.x, lot.z0 - DOWNTOWN.z);
  const height = 11 + 16 * random() + 125 * Math.exp(-((distance / 330) ** 2)) * random() ** 1.6;
  const kind = pickKind(height, random());
  const seed = Math.floor(random() * 1e6);
  const shrink = 1.5 * random();
  let tier: Lot = inset(lot, shrink);
  const tiers = height > 48 ? [0.55, 0.84, 1] : [1];
  let from = 0;
  for (const share of tiers) {
    cell.boxes.push({...tier, y0: from, y1: height * share, kind, seed});
    from = height * share;
    tier = inset(tier, 1.8 + 1.2 * random());
  }
  addRoofGear(cell, tier, from, random);
}

function pickKind(height: number, dice: number): ClassName {
  if (height > 55) return dice < 0.7 ? 'glass' : 'concrete';
  if (height > 26) return dice < 0.3 ? 'glass' : dice < 0.68 ? 'concrete' : 'brick';
  return dice < 0.62 ? 'brick' : 'concrete';
}

function inset({x0, x1, z0, z1}: Lot, by: number): Lot {
  return {x0: x0 + by, x1: x1 - by, z0: z0 + by, z1: z1 - by};
}

function addRoofGear(cell: Cell, roof: Lot, y0: number, random: Random): void {
  const count = 1 + Math.floor(random() * 3);
  for (let index = 0; index < count; index += 1) {
    const [width, depth] = [1.5 + 2.5 * random(), 1.5 + 2.5 * random()];
    const x0 = roof.x0 + random() * Math.max(0, roof.x1 - roof.x0 - width);
    const z0 = roof.z0 + random() * Math.max(0, roof.z1 - roof.z0 - depth);
    cell.boxes.push({
      x0,
      x1: x0 + width,
      z0,
      z1: z0 + depth,
      y0,
      y1: y0 + 1 + 2 * random(),
      kind: 'roof',
      seed: 7,
    });
  }
}

function plantPark(cell: Cell, lot: Lot, random: Random): void {
  for (let index = 0; index < 9; index += 1) {
    const radius = 1.8 + 1.6 * random();
    const x = lot.x0 + radius + random() * (lot.x1 - lot.x0 - 2 * radius);
    const z = lot.z0 + radius + random() * (lot.z1 - lot.z0 - 2 * radius);
    cell.balls.push({x, y: radius * 1.25, z, radius, seed: Math.floor(random() * 1e6)});
  }
}

/** Trees on the pavement along both roads of the lot. */
function plantStreet(cell: Cell, corner: {x: number; z: number}, random: Random): void {
  const x = isEven(corner.x) ? corner.x + 8.4 : corner.x + CELL - 8.4;
  const z = isEven(corner.z) ? corner.z + 8.4 : corner.z + CELL - 8.4;
  for (const along of [4, 12, 20]) {
    const shift = isEven(corner.z) ? 9 : 0;
    if (random() < 0.7) cell.balls.push(streetTree(x, corner.z + shift + along * 0.95, random));
    const shiftX = isEven(corner.x) ? 9 : 0;
    if (random() < 0.7) cell.balls.push(streetTree(corner.x + shiftX + along * 0.95, z, random));
  }
}

function streetTree(x: number, z: number, random: Random): Ball {
  const radius = 1.3 + 0.5 * random();
  return {x, y: 2.2 + radius, z, radius, seed: Math.floor(random() * 1e6)};
}
