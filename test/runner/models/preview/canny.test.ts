import assert from 'node:assert/strict';
import {
  connectWeak,
  detectEdges,
  makeCannyMemory,
  measureGradient,
  suppressNonMaxima,
} from '../../../../src/runner/models/preview/canny.ts';
import type {CannyMemory} from '../../../../src/runner/models/preview/canny.ts';
import {CANNY_THRESHOLDS} from '../../../../src/runner/models/preview/presets.ts';

const SHOWN = {on: 255, off: 0};

describe('measureGradient', () => {
  const picture = (width: number, height: number, lumaAt: (x: number, y: number) => number): Uint8Array =>
    Uint8Array.from({length: width * height}, (_, at) => lumaAt(at % width, Math.floor(at / width)));

  it('measures a step smoothed over three pixels', () => {
    const memory = makeCannyMemory(8, 5);
    measureGradient(
      picture(8, 5, (x) => (x < 4 ? 0 : 100)),
      memory,
      0,
    );
    // The step becomes 0 25 75 100 by [1 2 1] / 4; Sobel takes 4 times the difference of the neighbours.
    assert.deepEqual([...memory.magnitude.subarray(16, 24)], [0, 0, 100, 300, 300, 100, 0, 0]);
    assert.deepEqual([...memory.gradientX.subarray(16, 24)], [0, 0, 100, 300, 300, 100, 0, 0]);
    assert.deepEqual([...memory.gradientY], Array<number>(40).fill(0));
  });

  it('measures both directions around a bright pixel', () => {
    const memory = makeCannyMemory(7, 7);
    measureGradient(
      picture(7, 7, (x, y) => (x === 3 && y === 3 ? 160 : 0)),
      memory,
      0,
    );
    // gx of a point is [1 4 6 4 1] down, [1 2 0 -2 -1] across, times 160 / 16.
    assert.deepEqual([...memory.gradientX.subarray(14, 21)], [0, 0, 80, 0, -80, 0, 0]);
    assert.deepEqual([...memory.gradientX.subarray(21, 28)], [0, 0, 120, 0, -120, 0, 0]);
    assert.deepEqual(
      [2, 3, 4].map((row) => memory.gradientY[row * 7 + 2]),
      [80, 0, -80],
    );
    assert.deepEqual(
      [2, 3, 4].map((row) => memory.magnitude[row * 7 + 2]),
      [160, 120, 160],
    );
  });

  it('is zero on flat pictures and at the border', () => {
    const memory = makeCannyMemory(6, 6);
    measureGradient(new Uint8Array(36).fill(77), memory, 0);
    assert.deepEqual([...memory.magnitude], Array<number>(36).fill(0));
  });
});

describe('suppressNonMaxima', () => {
  /** Marks of all pixels, with those above 50 as candidates and 200 as the upper threshold. */
  const suppress = (memory: CannyMemory): Uint8Array => {
    const above = [...memory.magnitude.keys()].filter((at) => (memory.magnitude[at] ?? 0) > 50);
    memory.candidates.set(above);
    suppressNonMaxima(memory, above.length, 200);
    return memory.marks;
  };

  it('keeps the crest of a ramp, once', () => {
    const memory = makeCannyMemory(9, 3);
    const row = [0, 60, 120, 250, 250, 120, 60, 30, 0];
    memory.magnitude.set(row, 9);
    memory.gradientX.set(row, 9);
    assert.deepEqual([...suppress(memory).subarray(9, 18)], [0, 0, 0, 2, 0, 0, 0, 0, 0]);
    assert.equal(memory.stack[0], 12);
  });

  it('compares along the gradient only', () => {
    const memory = makeCannyMemory(3, 4);
    // A horizontal edge: the gradient points down, so the stronger pixel beside must not suppress this one.
    for (const [at, strength] of [
      [4, 90],
      [5, 180],
      [7, 40],
    ] as const) {
      memory.magnitude[at] = strength;
      memory.gradientY[at] = strength;
    }
    assert.deepEqual([suppress(memory)[4], memory.marks[7]], [1, 0]);
  });

  it('follows the diagonal of the gradient', () => {
    for (const [gx, gy, stronger] of [
      [50, 50, 0],
      [-50, -50, 0],
      [50, -50, 2],
      [-50, 50, 2],
    ] as const) {
      const memory = makeCannyMemory(3, 3);
      memory.gradientX[4] = gx;
      memory.gradientY[4] = gy;
      memory.magnitude[4] = 100;
      assert.equal(suppress(memory)[4], 1);
      memory.magnitude[stronger] = 101;
      assert.equal(suppress(memory)[4], 0, `${String(gx)}, ${String(gy)}`);
    }
  });
});

describe('connectWeak', () => {
  it('keeps weak pixels on a strong one, drops a lone one', () => {
    const memory = makeCannyMemory(8, 5);
    const at = (row: number, column: number): number => row * 8 + column;
    memory.marks[at(1, 1)] = 2;
    memory.stack[0] = at(1, 1);
    for (const place of [at(2, 2), at(3, 3), at(1, 6)]) memory.marks[place] = 1;
    connectWeak(memory, 1);
    assert.deepEqual(
      [at(2, 2), at(3, 3), at(1, 6)].map((place) => memory.marks[place]),
      [2, 2, 1],
    );
  });
});

describe('detectEdges', () => {
  const step = (height: number): Uint8Array => {
    const luma = new Uint8Array(16 * 8);
    for (let at = 0; at < luma.length; at += 1) luma[at] = at % 16 < 8 ? 50 : 50 + height;
    return luma;
  };
  const columnsOf = (luma: Uint8Array, thresholds = CANNY_THRESHOLDS.medium): number[] => {
    const edges = new Uint8Array(luma.length);
    detectEdges(luma, edges, makeCannyMemory(16, 8), {...thresholds, ...SHOWN});
    return Array.from(edges.subarray(4 * 16, 5 * 16).entries()).flatMap(([column, value]) =>
      value === 255 ? [column] : [],
    );
  };

  it('draws one line, one pixel wide, at a step', () => {
    assert.deepEqual(columnsOf(step(100)), [7]);
  });

  it('answers to the threshold', () => {
    // A step of h measures 3h, and counts above 200.
    assert.deepEqual(columnsOf(step(66)), []);
    assert.deepEqual(columnsOf(step(67)), [7]);
    assert.deepEqual(columnsOf(step(67), CANNY_THRESHOLDS.high), []);
  });

  it('draws nothing on flat ground and leaves the border free', () => {
    assert.deepEqual(columnsOf(new Uint8Array(128).fill(90)), []);
    const edges = new Uint8Array(128);
    detectEdges(step(200), edges, makeCannyMemory(16, 8), {...CANNY_THRESHOLDS.low, ...SHOWN});
    assert.deepEqual([...edges.subarray(0, 16), ...edges.subarray(112)], Array<number>(32).fill(0));
  });
});
