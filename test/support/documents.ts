/** Documents for tests: complete and valid, with only what a test cares about said by the test. */
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {digestOf} from '../../src/cas/digest.ts';
import type {PinDocument, PromptDocument, RefDocument, RunDocument} from '../../src/manifest/types.gen.ts';

export const AT = '2026-11-23T14:05:09.123Z';

export function runId(number: number): string {
  return `rs_${number.toString(16).padStart(32, '0')}`;
}

/** A descriptor of bytes that nobody has. */
export function descriptorOf(number: number): Descriptor {
  return {mediaType: 'video/mp4', digest: digestOf(number.toString(16).padStart(64, '0')), size: number};
}

export function makeRun(id: string, change: Partial<RunDocument> = {}): RunDocument {
  return {
    schema: 'cosmos/run/v1',
    id,
    aliases: [],
    name: null,
    kind: 'preview',
    model: {family: 'preview', adapterVersion: 1},
    status: 'queued',
    createdAt: AT,
    prompt: null,
    scene: null,
    attempts: [],
    parents: [],
    spec: null,
    parameters: {weights: {edge: 1}, seed: 7},
    inputs: [],
    outputs: [],
    released: [],
    primaryOutput: null,
    log: null,
    plan: null,
    execution: {target: 'local', launcher: 'process', command: []},
    cancelRequested: null,
    failure: null,
    events: [],
    rating: null,
    tags: [],
    notes: null,
    ...change,
  };
}

export function makeRef(name: string, blobs: readonly Descriptor[] = []): RefDocument {
  return {
    schema: 'cosmos/ref/v1',
    name,
    createdAt: AT,
    entries: blobs.map((blob, index) => ({...blob, name: `file-${index}`})),
  };
}

export function makePin(name: string, blobs: readonly Descriptor[] = []): PinDocument {
  const held = blobs.map(({digest, size}) => ({digest, size}));
  return {
    schema: 'cosmos/pin/v1',
    name,
    createdAt: AT,
    owner: 'tester',
    reason: null,
    run: null,
    blobs: held,
  };
}

export function makePrompt(id: string, text: string): PromptDocument {
  return {schema: 'cosmos/prompt/v1', id, aliases: [], name: null, text, negative: null, createdAt: AT};
}
