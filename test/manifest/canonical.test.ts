import assert from 'node:assert/strict';
import {
  canonicalBytes,
  canonicalChunks,
  canonicalText,
  indentedPieces,
} from '../../src/manifest/canonical.ts';

describe('canonicalText', () => {
  it('gives the text of RFC 8785', () => {
    // RFC 8785, section 3.2.2: the sample object and its canonical form.
    const sample: unknown = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    );
    assert.equal(
      canonicalText(sample),
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('sorts keys by their UTF-16 units', () => {
    // RFC 8785, section 3.2.3.
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const sorted = Object.keys(
      JSON.parse(canonicalText(Object.fromEntries(keys.map((key) => [key, key])))) as object,
    );
    assert.deepEqual(sorted, ['1', '\r', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33']);
  });

  it('has no text for what JSON lacks', () => {
    assert.throws(() => canonicalText(undefined), TypeError);
  });
});

describe('canonicalBytes', () => {
  it('ends in one line feed', () => {
    assert.equal(Buffer.from(canonicalBytes({b: 1, a: 'ü'})).toString(), '{"a":"ü","b":1}\n');
  });

  it('are the canonical text, however long a list', () => {
    const list = Array.from({length: 2500}, (_, index) => ({name: `ü${index}`, a: [index]}));
    for (const value of [{z: list, '\r': [], '€': undefined, '\u00f6': {b: 1, a: 2}}, list, [], {}])
      assert.equal(Buffer.from(canonicalBytes(value)).toString(), `${canonicalText(value)}\n`);
  });
});

describe('canonicalChunks', () => {
  it('are the canonical bytes, however many', () => {
    const list = Array.from({length: 5000}, (_, index) => ({name: `ü${index}`, a: [index]}));
    for (const [value, least] of [
      [{z: list}, 2],
      [{b: 1}, 1],
    ] as const) {
      const chunks = Array.from(canonicalChunks(value));
      assert.ok(chunks.length >= least);
      assert.deepEqual(Buffer.concat(chunks), Buffer.from(canonicalBytes(value)));
    }
  });
});

describe('indentedPieces', () => {
  it('are what JSON.stringify says, however long a list', () => {
    const list = Array.from({length: 2500}, (_, index) => ({name: `ü\n${index}`, a: [index, []], b: {}}));
    for (const value of [{z: list, a: [], b: undefined, c: {d: [1, {e: null}]}}, {only: [1]}, {}])
      assert.equal(Array.from(indentedPieces(value)).join(''), `${JSON.stringify(value, null, 2)}\n`);
  });
});
