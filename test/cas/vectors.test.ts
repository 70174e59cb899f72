/**
 * SHA-256 as NIST publishes it, through puts. Source: CAVS 11.0, shabytetestvectors.zip of csrc.nist.gov (SHA256ShortMsg.rsp,
 * SHA256LongMsg.rsp, SHA256Monte.rsp), in the public domain.
 */
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {Readable} from 'node:stream';
import {sha256} from '@noble/hashes/sha2.js';
import {bytesToHex} from '@noble/hashes/utils.js';
import {hexOf} from '../../src/cas/digest.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';

const MESSAGES: readonly (readonly [message: string, digest: string])[] = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['d3', '28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1'],
  ['11af', '5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98'],
  ['b4190e', 'dff2e73091f6c05e528896c4c831b9448653dc2ff043528f6769437bc7b975c2'],
  ['5738c929c4f4ccb6', '963bb88f27f512777aab6c8b1a02c70ec0ad651d428f870036e1917120fb48bf'],
  ['0a27847cdc98bd6f62220b046edd762b', '80c25ec1600587e7f28b18b1b18e3cdc89928e39cab3bc25e4d4a4c139bcedc4'],
  [
    '09fc1accc230a205e4a208e64a8f204291f581a12756392da4b8c0cf5ef02b95',
    '4f44c1c7fbebb6f9601829f3897bfd650c56fa07844be76489076356ac1886a4',
  ],
  [
    '0546f7b8682b5b95fd32385faf25854cb3f7b40cc8fa229fbd52b16934aab388a7',
    'b31ad3cd02b10db282b3576c059b746fb24ca6f09fef69402dc90ece7421cbb7',
  ],
  [
    '3ebfb06db8c38d5ba037f1363e118550aad94606e26835a01af05078533cc25f2f39573c04b632f62f68c294ab31f2a3e2a1a0d8c2be51',
    '6595a2ef537a69ba8583dfbf7f5bec0ab1f93ce4c8ee1916eff44a93af5749c4',
  ],
  [
    '2d52447d1244d2ebc28650e7b05654bad35b3a68eedc7f8515306b496d75f3e73385dd1b002625024b81a02f2fd6dffb6e6d561cb7d0bd7a',
    'cfb88d6faf2de3a69d36195acec2e255e2af2b7d933997f348e09f6ce5758360',
  ],
  [
    'e2f76e97606a872e317439f1a03fcd92e632e5bd4e7cbc4e97f1afc19a16fde92d77cbe546416b51640cddb92af996534dfd81edb17c4424cf1ac4d75aceeb',
    '18041bd4665083001fba8c5411d2d748e8abbfdcdfd9218cb02b68a78e7d4c23',
  ],
  [
    '5a86b737eaea8ee976a0a24da63e7ed7eefad18a101c1211e2b3650c5187c2a8a650547208251f6d4237e661c7bf4c77f335390394c37fa1a9f9be836ac28509',
    '42e61e174fbb3897d6dd6cef3dd2802fe67b331953b06114a65c772859dfc1aa',
  ],
  [
    '451101250ec6f26652249d59dc974b7361d571a8101cdfd36aba3b5854d3ae086b5fdd4597721b66e3c0dc5d8c606d9657d0e323283a5217d1f53f2f284f57b85c8a61ac8924711f895c5ed90ef17745ed2d728abd22a5f7a13479a462d71b56c19a74a40b655c58edfe0a188ad2cf46cbf30524f65d423c837dd1ff2bf462ac4198007345bb44dbb7b1c861298cdf61982a833afc728fae1eda2f87aa2c9480858bec',
    '3c593aa539fdcdae516cdf2f15000f6634185c88f505b39775fb9ab137a10aa2',
  ],
];

/** The seed, the first ten digests of the hundred, each made from the one before, and the last. */
const SEED = '6d1e72ad03ddeb5de891e572e2396f8da015d899ef0e79503152d6010a3fe691';
const CHECKPOINTS = new Map<number, string>([
  [0, 'e93c330ae5447738c8aa85d71a6c80f2a58381d05872d26bdd39f1fcd4f2b788'],
  [1, '2e78f8c8772ea7c9331d41ed3f9cdf27d8f514a99342ee766ee3b8b0d0b121c0'],
  [2, 'd6a23dff1b7f2eddc1a212f8a218397523a799b07386a30692fd6fe9d2bf0944'],
  [3, 'fb0099a964fad5a88cf12952f2991ce256a4ac3049f3d389c3b9e6c00e585db4'],
  [4, 'f9eba2a4cf6263826beaf6150057849eb975a9513c0b76ecad0f1c19ebbad89b'],
  [5, '3ddf05ba8dfec982451a3e9a97695ea9cdb7098c877d0c2cd2c64e58a87754d9'],
  [6, '2cc3fe501e3b2e33e60407b0a27025735dd04fd7623bb4fceeebae5cad67ad4b'],
  [7, 'c534802a459b40c792e1fa68e54ceab69e333fbeeecad65fb124d2f3cc1f1fc1'],
  [8, '8986e95d85e64822287c78cb7a714339431332182107109d57827776c6cc930e'],
  [9, '72361401c670d07f1151a95e2ee914665c2bdb1228581833c7dc53b89c01c927'],
  [99, '6a912ba4188391a78e6f13d88ed2d14e13afce9db6f7dcbf4a48c24f3db02778'],
]);

describe('the vectors of NIST for SHA-256', () => {
  let workspace: Workspace;
  before(async () => (workspace = await newWorkspace()));
  after(closeWorkspaces);

  const put = async (source: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> =>
    hexOf((await workspace.store.push(source, {mediaType: 'application/octet-stream'})).digest);

  it('are the names of their messages, however these come', async () => {
    for (const [message, digest] of MESSAGES) {
      const bytes = Buffer.from(message, 'hex');
      assert.equal(await put(bytes), digest);
      for (const step of [1, 7, 64]) {
        const pieces = Array.from({length: Math.ceil(bytes.length / step)}, (_, index) =>
          bytes.subarray(index * step, (index + 1) * step),
        );
        assert.equal(await put(Readable.from(pieces)), digest);
      }
      assert.equal(bytesToHex(sha256(bytes)), digest, 'the second implementation');
    }
  });

  /** Each digest is of the three before it. The 999 between two checkpoints go through the hash that puts use, without a disk. */
  it('come out of the Monte Carlo test, through a hundred puts', async () => {
    let seed: Buffer = Buffer.from(SEED, 'hex');
    for (let checkpoint = 0; checkpoint < 100; checkpoint += 1) {
      let three: Buffer[] = [seed, seed, seed];
      for (let step = 0; step < 999; step += 1)
        three = [...three.slice(1), createHash('sha256').update(Buffer.concat(three)).digest()];
      const name = await put(Buffer.concat(three));
      const expected = CHECKPOINTS.get(checkpoint);
      if (expected !== undefined) assert.equal(name, expected, `checkpoint ${checkpoint}`);
      seed = Buffer.from(name, 'hex');
    }
  });
});
