import assert from 'node:assert/strict';
import fc from 'fast-check';
import {composeFrame, fixedWeights, normalizeWeights} from '../../../../src/runner/models/preview/compose.ts';

function compose(color: number[], layers: number[][], weights: number[]): number[] {
  const to = new Uint8Array(color.length);
  composeFrame(
    Uint8Array.from(color),
    layers.map((layer) => Uint8Array.from(layer)),
    weights,
    to,
  );
  return [...to];
}

describe('composeFrame', () => {
  it('takes a quarter of the control, the rest of colour', () => {
    assert.deepEqual(compose([0, 100, 255], [[200, 100, 0]], [0.25]), [50, 100, 191]);
  });

  it('is the control alone at weight 1', () => {
    assert.deepEqual(compose([9, 9, 9], [[0, 128, 255]], [1]), [0, 128, 255]);
  });

  it('hides colour behind four quarters', () => {
    assert.deepEqual(compose([255], [[0], [40], [80], [120]], [0.25, 0.25, 0.25, 0.25]), [60]);
  });

  it('scales weights that sum above 1', () => {
    assert.deepEqual(compose([255], [[0], [100]], [1, 3]), [75]);
  });

  it('is colour without controls', () => {
    assert.deepEqual(compose([1, 2, 3], [], []), [1, 2, 3]);
  });

  it('may write over colour', () => {
    const color = Uint8Array.of(10, 20);
    composeFrame(color, [Uint8Array.of(30, 40)], [0.5], color);
    assert.deepEqual([...color], [20, 30]);
  });

  it('refuses layers of another length', () => {
    assert.throws(() => compose([1, 2], [[1]], [0.5]), RangeError);
  });
});

describe('composeFrame on pictures of any length and place', () => {
  it('gives what mixing byte by byte gives', () => {
    const picture = fc.uint8Array({minLength: 13, maxLength: 13});
    const weights = fc.array(fc.double({min: 0, max: 1, noNaN: true}), {minLength: 4, maxLength: 4});
    fc.assert(
      fc.property(
        fc.array(picture, {minLength: 5, maxLength: 5}),
        weights,
        fc.nat({max: 3}),
        (pictures, given, offset) => {
          const [color = new Uint8Array(), ...layers] = pictures.map((bytes) => bytes.subarray(offset));
          const {layers: fixed, color: rest} = fixedWeights(given);
          const expected = Array.from(color, (value, at) => {
            const sum = layers.reduce(
              (total, layer, index) => total + (layer[at] ?? 0) * (fixed[index] ?? 0),
              value * rest,
            );
            return (sum + 128) >> 8;
          });
          const to = new Uint8Array(color.length);
          composeFrame(color, layers, given, to);
          assert.deepEqual([...to], expected);
        },
      ),
    );
  });
});

describe('normalizeWeights', () => {
  it('keeps sums up to 1 and scales larger ones', () => {
    assert.deepEqual(normalizeWeights([0.25, 0.5]), [0.25, 0.5]);
    assert.deepEqual(normalizeWeights([1, 1]), [0.5, 0.5]);
    assert.deepEqual(normalizeWeights([]), []);
  });
});

describe('fixedWeights', () => {
  it('always sums to exactly 256', () => {
    const weights = fc.array(fc.double({min: 0, max: 4, noNaN: true}), {maxLength: 4});
    fc.assert(
      fc.property(weights, (given) => {
        const {layers, color} = fixedWeights(given);
        assert.equal(
          layers.reduce((sum, weight) => sum + weight, color),
          256,
        );
        assert.ok([...layers, color].every((weight) => weight >= 0));
      }),
    );
  });
});
