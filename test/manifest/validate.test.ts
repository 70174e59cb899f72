import assert from 'node:assert/strict';
import type {Digest} from '../../src/cas/digest.ts';
import {canonicalBytes} from '../../src/manifest/canonical.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {parseDocument, validateDocument} from '../../src/manifest/validate.ts';
import {descriptorOf, makePin, makePrompt, makeRef, makeRun, runId} from '../support/documents.ts';

const video = {...descriptorOf(1), name: 'output.mp4', role: 'output'};
const text = {...descriptorOf(2), mediaType: 'application/json', name: 'prompt.json', role: 'enhanced'};

const OF_EACH_KIND: Record<RunDocument['kind'], Partial<RunDocument>> = {
  preview: {outputs: [video], primaryOutput: 'output.mp4'},
  transfer: {
    outputs: [video, {...descriptorOf(3), name: 'edge_input_control.mp4', role: 'control'}],
    primaryOutput: 'output.mp4',
  },
  upscale: {parameters: {controlWeight: 0.5}, outputs: [video], primaryOutput: 'output.mp4'},
  predict: {parameters: {}, outputs: [video], primaryOutput: 'output.mp4'},
  enhance: {parameters: {model: 'any'}, outputs: [text], primaryOutput: 'prompt.json'},
  load: {
    members: [runId(2), runId(3)],
    outputs: [text],
    released: [{descriptor: video, at: '2026-11-01T12:00:00.000Z', reason: 'belongs to another'}],
  },
  custom: {parameters: {anything: {goes: true}}, outputs: [text, video], primaryOutput: 'output.mp4'},
};

const invalid = {code: 'document.invalid'};

describe('validateDocument', () => {
  for (const [kind, change] of Object.entries(OF_EACH_KIND)) {
    it(`takes a ${kind} run there and back`, async () => {
      const run = makeRun(runId(1), {...change, kind: kind as RunDocument['kind'], status: 'completed'});
      const back = await parseDocument('runs', canonicalBytes(run), 'a file');
      assert.deepEqual(back, run);
    });
  }

  for (const [what, document] of [
    ['a ref', makeRef('hero', [descriptorOf(1)])],
    ['a pin', makePin('hero', [descriptorOf(1)])],
    ['a prompt', makePrompt('ps_0123456789ab', 'rain')],
  ] as const) {
    it(`takes ${what} there and back`, async () => {
      const kind = what === 'a ref' ? 'refs' : what === 'a pin' ? 'pins' : 'prompts';
      assert.deepEqual(await parseDocument(kind, canonicalBytes(document), 'a file'), document);
    });
  }

  for (const id of ['rs_0123456789ab', 'rs_0123456789abcdef0', `rs_${'f'.repeat(32)}`]) {
    it(`takes the id ${id.slice(0, 12)} of ${id.length - 3}`, async () => {
      assert.equal((await validateDocument('runs', makeRun(id), 'a file')).id, id);
    });
  }

  for (const id of [
    'rs_0123456789a',
    `rs_${'f'.repeat(33)}`,
    'rs_0123456789AB',
    'ps_0123456789ab',
    'run_20250101',
    '',
  ]) {
    it(`refuses "${id.slice(0, 16)}" as a run id`, async () => {
      await assert.rejects(validateDocument('runs', makeRun(id), 'a file'), invalid);
    });
  }

  it('keeps other old ids as aliases', async () => {
    const run = makeRun(runId(1), {aliases: ['run_20250830_163604_abc', 'prompt studio/7']});
    assert.deepEqual((await validateDocument('runs', run, 'a file')).aliases, run.aliases);
  });

  it('refuses an enhance run with a video', async () => {
    const asVideo = makeRun(runId(1), {
      kind: 'enhance',
      outputs: [{...video, role: 'enhanced'}],
      primaryOutput: 'output.mp4',
    });
    await assert.rejects(validateDocument('runs', asVideo, 'a file'), invalid);
  });

  it('refuses a transfer whose output is text', async () => {
    const asText = makeRun(runId(1), {
      kind: 'transfer',
      outputs: [{...text, role: 'output'}],
      primaryOutput: 'prompt.json',
    });
    await assert.rejects(validateDocument('runs', asText, 'a file'), invalid);
  });

  it('refuses a role of another kind', async () => {
    await assert.rejects(validateDocument('runs', makeRun(runId(1), {outputs: [text]}), 'a file'), invalid);
  });

  it('refuses a primary output that is none', async () => {
    const run = makeRun(runId(1), {outputs: [video], primaryOutput: 'other.mp4'});
    await assert.rejects(validateDocument('runs', run, 'a file'), {
      ...invalid,
      message: /"other\.mp4" is not among/,
    });
  });

  it('refuses digests of another form', async () => {
    const outputs = [{...video, digest: `sha256:${'A'.repeat(64)}` as Digest}];
    await assert.rejects(validateDocument('runs', makeRun(runId(1), {outputs}), 'a file'), invalid);
  });

  it('names both versions of newer formats', async () => {
    const run = {...makeRun(runId(1)), schema: 'cosmos/run/v2'};
    await assert.rejects(validateDocument('runs', run, 'a file'), {
      code: 'document.newer',
      facts: {file: 'a file', found: 'cosmos/run/v2', known: 'cosmos/run/v1'},
    });
  });

  it('refuses a document of another kind', async () => {
    await assert.rejects(validateDocument('runs', makeRef('hero'), 'a file'), invalid);
  });
});

describe('parseDocument', () => {
  for (const [what, bytes, reason] of [
    ['an empty file', Buffer.alloc(0), /the file is empty/],
    ['torn JSON', Buffer.from('{"schema": "cosmos/run'), /not JSON/],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /not JSON/],
    ['a list', Buffer.from('[]'), /must be object/],
    ['null', Buffer.from('null'), /must be object/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(parseDocument('runs', bytes, 'runs/x.json'), {...invalid, message: reason});
    });
  }

  it('refuses a document under another name', async () => {
    const parse = parseDocument('runs', canonicalBytes(makeRun(runId(1))), 'a file', runId(2));
    await assert.rejects(parse, invalid);
  });
});
