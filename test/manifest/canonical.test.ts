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

  // Source: testdata of github.com/cyberphone/json-canonicalization, by the author of RFC 8785.
  for (const [name, input, expected] of [
    ['arrays', '[56, {"d": true, "10": null, "1": [ ]}]', '[56,{"1":[],"10":null,"d":true}]'],
    [
      'french',
      '{"peach": "This sorting order", "péché": "is wrong according to French", "pêche": "but canonicalization MUST", "sin":   "ingnore locale"}',
      '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ingnore locale"}',
    ],
    [
      'structures',
      String.raw`{"1": {"f": {"f": "hi","F": 5} ,"\n": 56.0}, "10": { }, "": "empty", "a": { }, "111": [ { } ], "A": { }}`,
      String.raw`{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{}],"A":{},"a":{}}`,
    ],
    [
      'unicode',
      String.raw`{"Unnormalized Unicode":"\u1e0d\u0307"}`,
      '{"Unnormalized Unicode":"\u1e0d\u0307"}',
    ],
    [
      'values',
      String.raw`{"numbers": [1E30, 4.50, 333333333.33333329, 2e-3, 0.000000000000000000000000001], "escaping": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`,
      String.raw`{"escaping":"€$\u000f\nA'B\"\\\\\"/","literals":[null,true,false],"numbers":[1e+30,4.5,333333333.3333333,0.002,1e-27]}`,
    ],
    [
      'weird',
      String.raw`{"\u20ac": "Euro Sign", "1": "One", "\u0080": "Control\u007f", "\ud83d\ude02": "Smiley", "\u00f6": "Latin Small Letter O With Diaeresis", "\ufb33": "Hebrew Letter Dalet With Dagesh", "</script>": "Browser Challenge"}`,
      '{"1":"One","</script>":"Browser Challenge","\u0080":"Control\u007f","\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign","\u{1f602}":"Smiley","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ],
  ] as const)
    it(`gives the published text of ${name}, as documents are written too`, () => {
      const value = JSON.parse(input) as object;
      assert.equal(canonicalText(value), expected);
      assert.equal(Buffer.from(canonicalBytes(value)).toString(), `${expected}\n`);
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
