/** The SHA-256 byte vectors of NIST through the put path: the name of the stored blob is the digest that NIST says. */
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import type {PutItem} from '../../src/cas/local/put.ts';
import {digestOf, hashBytes, hexOf} from '../../src/cas/digest.ts';
import {verify} from '../../src/workspace/verify/verify.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {pathOfBlob} from '../support/blobs.ts';
import {readResponses} from '../support/vectors.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';

interface Message {
  bytes: Buffer;
  hex: string;
}

/** `Len` counts bits; that of the empty message is 0, and its `Msg` is one zero byte. */
async function readMessages(name: string): Promise<Message[]> {
  const records = await readResponses(name);
  return records.flatMap(({Len, Msg, MD}) =>
    Len === undefined || Msg === undefined || MD === undefined
      ? []
      : [{bytes: Buffer.from(Msg, 'hex').subarray(0, Number(Len) / 8), hex: MD}],
  );
}

/** None divides a message, a block of SHA-256 or another of them. */
const CHUNK_SIZES = [63, 65, 127, 997, 4099];

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, void> {
  for (let start = 0; start < bytes.length; start += size)
    yield await Promise.resolve(bytes.subarray(start, start + size));
}

describe('the SHA-256 vectors of NIST', () => {
  let workspace: Workspace;
  before(async () => (workspace = await newWorkspace()));
  after(closeWorkspaces);

  /** Stores all at once, and looks at every name and file. */
  async function putMessages(messages: readonly Message[], open: (m: Message) => PutItem): Promise<void> {
    const {store, leases} = workspace;
    const stored = await leases.hold('vectors', (lease) => store.pushAll(messages.map(open), lease));
    for (const [index, {bytes, hex}] of messages.entries()) {
      assert.deepEqual(stored[index], {
        mediaType: 'text/plain',
        digest: digestOf(hex),
        size: bytes.length,
      });
      assert.deepEqual(await readFile(pathOfBlob(workspace, {digest: digestOf(hex)})), bytes);
    }
  }

  it('name 65 short messages', async () => {
    const messages = await readMessages('nist/SHA256ShortMsg.rsp');
    assert.equal(messages.length, 65);
    assert.equal(messages[0]?.bytes.length, 0);
    await putMessages(messages, ({bytes}) => ({mediaType: 'text/plain', open: () => bytes}));
  });

  it('name 64 long messages that come in odd pieces', async () => {
    const messages = await readMessages('nist/SHA256LongMsg.rsp');
    assert.equal(messages.length, 64);
    await putMessages(messages, (message) => {
      const size = CHUNK_SIZES[messages.indexOf(message) % CHUNK_SIZES.length] ?? 1;
      return {mediaType: 'text/plain', open: () => inChunks(message.bytes, size)};
    });
  });

  /**
   * 100,000 hashes, each of the three before it. A durable put of each would take minutes: those between the checkpoints are
   * made by the function that names bytes in memory, the last one of each thousand is put, and its name is the next seed.
   */
  it('reach the 100 checkpoints of the Monte Carlo test', async () => {
    const records = await readResponses('nist/SHA256Monte.rsp');
    let seed = records.find(({Seed}) => Seed !== undefined)?.Seed ?? '';
    const checkpoints = records.flatMap(({COUNT, MD}) =>
      COUNT === undefined || MD === undefined ? [] : [MD],
    );
    assert.equal(checkpoints.length, 100);
    for (const checkpoint of checkpoints) {
      const message = lastMessage(seed);
      const {digest} = await workspace.store.push(message, {mediaType: 'text/plain'});
      seed = hexOf(digest);
      assert.equal(seed, checkpoint);
    }
  });

  it('are what a deep verify finds, by both implementations', async () => {
    const {blobs, bytesHashed, damage} = await verify(workspace, {
      isDeep: true,
      workers: 2,
      crossCheck: 1,
      isStrict: false,
    });
    assert.deepEqual(damage, []);
    assert.equal(blobs, 65 + 64 + 100);
    // 0 to 64 bytes, 163 to 6,400 in steps of 99, and 96 of each checkpoint; each by two implementations.
    assert.equal(bytesHashed, 64 * 65 + 64 * (163 + 6400) + 2 * 100 * 96);
  });
});

/** The thousandth message from a seed: the three hashes before the last one (SHAVS, section 6.4). */
function lastMessage(seed: string): Buffer {
  let message = Buffer.from(seed.repeat(3), 'hex');
  for (let count = 1; count < 1000; count += 1)
    message = Buffer.concat([message.subarray(32), Buffer.from(hexOf(hashBytes(message)), 'hex')]);
  return message;
}
