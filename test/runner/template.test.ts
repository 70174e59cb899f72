import assert from 'node:assert/strict';
import fc from 'fast-check';
import {CosmosError} from '../../src/errors.ts';
import {escapeBraces, fillTemplate, placesIn} from '../../src/runner/template.ts';

const isConfigInvalid = (error: unknown): boolean =>
  error instanceof CosmosError && error.code === 'config.invalid';

describe('fillTemplate', () => {
  it('fills every place, also twice and inside words', () => {
    assert.equal(fillTemplate('--in={a}:{a}/{b.c}', {a: 'x', 'b.c': 'y'}), '--in=x:x/y');
  });

  it('takes doubled braces for literal ones', () => {
    assert.equal(fillTemplate('{{"k": "{a}"}}', {a: 'x'}), '{"k": "x"}');
  });

  it('never fills what a value brought along', () => {
    assert.equal(fillTemplate('{a}', {a: '{b}', b: 'no'}), '{b}');
    const half = fillTemplate('{a} {b}', {a: '{b} {{'}, true);
    assert.equal(fillTemplate(half, {b: 'x'}), '{b} {{ x');
  });

  for (const lone of ['{', '}', 'a{b', 'a}b', '{a', '{a{b}}']) {
    it(`refuses the lone brace in ${lone}`, () => {
      assert.throws(() => fillTemplate(lone, {a: 'x', b: 'y'}), isConfigInvalid);
      assert.throws(() => placesIn(lone), isConfigInvalid);
    });
  }

  it('refuses a place that nothing fills, and names the others', () => {
    assert.throws(
      () => fillTemplate('{toString}', {a: 'x'}),
      (error: unknown) => {
        assert.ok(error instanceof CosmosError);
        assert.match(error.message, /\{toString\}/);
        assert.match(error.hint ?? '', /\{a\}/);
        return true;
      },
    );
  });

  it('gives any escaped text back as it was', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(fillTemplate(escapeBraces(text), {}), text);
        assert.deepEqual(placesIn(escapeBraces(text)), []);
      }),
    );
  });

  it('can be filled in two steps like in one', () => {
    const values = fc.string();
    fc.assert(
      fc.property(values, values, (a, b) => {
        const template = '{a}-{b}-{{{a}}}';
        const half = fillTemplate(template, {a}, true);
        assert.equal(fillTemplate(half, {b}), fillTemplate(template, {a, b}));
      }),
    );
  });
});

describe('placesIn', () => {
  it('names each place in order', () => {
    assert.deepEqual(placesIn('{a} {{b}} {c.d} {a}'), ['a', 'c.d', 'a']);
  });
});
