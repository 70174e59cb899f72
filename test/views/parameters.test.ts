import assert from 'node:assert/strict';
import {parseSettings, parseWeights} from '../../src/cli/run-flags.ts';
import {parameterLines, parametersText} from '../../src/views/parameters.ts';
import {PLAIN} from './samples.ts';

const PARAMETERS = {
  weights: {vis: 0.25, edge: 0},
  seed: 3,
  'seg.input_control_prompt': 'car . road',
  offload_guardrail_models: true,
  label: '7',
  grid: {rows: 2},
};

/** What `show` printed, typed again. */
function typedAgain(): Record<string, unknown> {
  const pairs = parameterLines(PARAMETERS, {width: 200, paint: PLAIN}).map(
    (line) => line.trim().split(/ {2,}/) as [string, string],
  );
  const [[, weights] = ['', '']] = pairs;
  return {
    weights: parseWeights(weights, '/'),
    ...parseSettings(pairs.slice(1).map((pair) => pair.join('='))),
  };
}

describe('parameterLines', () => {
  it('prints what --weights and --set read again', () => {
    assert.deepEqual(typedAgain(), PARAMETERS);
  });
});

describe('parametersText', () => {
  it('says the same on one line', () => {
    assert.equal(
      parametersText({weights: {vis: 0.25, edge: 0.5}, seed: 3}),
      'weights vis=0.25,edge=0.5, seed 3',
    );
  });
});
