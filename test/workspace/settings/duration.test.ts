import assert from 'node:assert/strict';
import fc from 'fast-check';
import type {CosmosError} from '../../../src/errors.ts';
import {parseDuration} from '../../../src/workspace/settings/duration.ts';
import {getSchema} from '../../../src/workspace/settings/schema.ts';

describe('parseDuration', () => {
  const cases: [string, number][] = [
    ['0', 0],
    ['45s', 45_000],
    ['30m', 1_800_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['1h30m', 5_400_000],
    ['1w2d3h4m5s', 788_645_000],
  ];
  for (const [text, ms] of cases) {
    it(`reads ${text} as ${ms} ms`, () => assert.equal(parseDuration(text), ms));
  }

  for (const text of [
    '',
    '5',
    '00',
    '-1h',
    '1.5h',
    '24 hours',
    'h',
    '1m1h',
    '1h1h',
    '1H',
    '24h\n',
    '12345678s',
  ]) {
    it(`refuses ${JSON.stringify(text)} and says how to write it`, () => {
      assert.throws(
        () => parseDuration(text),
        (error: CosmosError) => error.code === 'config.invalid' && /24h/.test(error.hint ?? ''),
      );
    });
  }

  it('accepts exactly what the schema accepts', async () => {
    const schema = await getSchema();
    const pattern = new RegExp((schema.$defs?.['duration'] as {pattern: string}).pattern, 'u');
    const pieces = fc.array(fc.constantFrom('0', '7', '1234567', 'w', 'd', 'h', 'm', 's', '.', ' ', '-'), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join('');
        assert.equal(pattern.test(text), accepts(text), text);
      }),
      {numRuns: 2000},
    );
  });

  it('stays exact for the longest duration', () => {
    assert.ok(Number.isSafeInteger(parseDuration('9999999w9999999d9999999h9999999m9999999s')));
  });
});

function accepts(text: string): boolean {
  try {
    return parseDuration(text) >= 0;
  } catch {
    return false;
  }
}
