import assert from 'node:assert/strict';
import {blobsIn, digestsIn} from '../../src/manifest/references.ts';
import {descriptorOf, makeRun, runId} from '../support/documents.ts';

describe('digestsIn', () => {
  it('finds digests of fields it knows', () => {
    const run = makeRun(runId(1), {
      spec: descriptorOf(1),
      log: descriptorOf(2),
      inputs: [{...descriptorOf(3), name: 'color.mp4', role: 'color'}],
      outputs: [{...descriptorOf(4), name: 'output.mp4', role: 'output'}],
    });
    assert.deepEqual(digestsIn(run), new Set([1, 2, 3, 4].map((number) => descriptorOf(number).digest)));
  });

  it('finds digests of fields yet unknown', () => {
    const run = {...makeRun(runId(1)), future: {deep: [{digest: descriptorOf(5).digest}]}};
    assert.deepEqual(blobsIn(run), [{digest: descriptorOf(5).digest, size: -1, name: undefined}]);
  });

  it('passes over what was released', () => {
    const descriptor = {...descriptorOf(6), name: 'output.mp4', role: 'output'};
    const run = makeRun(runId(1), {
      released: [{descriptor, at: '2026-11-23T14:05:09.123Z', reason: 'retention'}],
    });
    assert.deepEqual(digestsIn(run), new Set());
  });

  it('finds nothing in what is no digest', () => {
    assert.deepEqual(digestsIn({digest: 'sha256:short', other: [{digest: 5}, null]}), new Set());
  });
});
