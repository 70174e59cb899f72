import assert from 'node:assert/strict';
import fc from 'fast-check';
import {isName, makeRunId, nameFrom, parseName, promptIdOf, shortId} from '../../src/manifest/names.ts';

describe('isName', () => {
  for (const name of ['hero', 'a', '0', 'Shot_01.take-2', 'con-fusion', 'x'.repeat(100)]) {
    it(`takes "${name.slice(0, 20)}"`, () => assert.ok(isName(name)));
  }

  for (const name of ['', '.hidden', '-dash', 'a.', 'a/b', 'a\\b', 'a b', 'é', 'x'.repeat(101), 'a\n']) {
    it(`refuses ${JSON.stringify(name.slice(0, 20))}`, () => assert.ok(!isName(name)));
  }

  for (const name of ['con', 'NUL', 'aux.txt', 'Com1', 'lpt9.tar.gz', 'prn']) {
    it(`refuses the Windows device ${name}`, () => {
      assert.throws(() => parseName(name, 'ref'), {code: 'usage.invalid'});
    });
  }
});

describe('nameFrom', () => {
  it('makes a name of any text', () => {
    fc.assert(fc.property(fc.string({unit: 'binary'}), (text) => isName(nameFrom(text, 'fallback'))));
  });

  it('keeps what already is a name', () => {
    assert.equal(nameFrom('Shot_01.take-2', 'fallback'), 'Shot_01.take-2');
  });
});

describe('ids', () => {
  it('are made of sixteen random bytes', () => {
    assert.equal(
      makeRunId((bytes) => 'ab'.repeat(bytes)),
      `rs_${'ab'.repeat(16)}`,
    );
    assert.equal(shortId(`rs_${'ab'.repeat(16)}`), 'rs_abababab');
  });

  it('are the same for the same texts', () => {
    assert.equal(promptIdOf({text: 'rain', negative: null}), promptIdOf({text: 'rain', negative: null}));
    assert.notEqual(promptIdOf({text: 'rain', negative: null}), promptIdOf({text: 'rain', negative: ''}));
    assert.match(promptIdOf({text: 'rain', negative: 'snow'}), /^ps_[0-9a-f]{32}$/);
  });
});
