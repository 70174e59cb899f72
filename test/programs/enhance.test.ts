import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {deflateSync} from 'node:zlib';
import {decodeFrames} from '../../src/media/frames.ts';
import {SMALL, writeClip} from '../media/clips.ts';
import {drawNumbered, NUMBERED, writeNumberedClip} from '../support/numbered-clip.ts';
import {importProgram, Machine} from '../support/stand-ins.ts';
import {temporaryFolder} from '../support/temporary.ts';

interface Entry {
  status: number;
  failure: string | null;
  texts: {role: string; text: string}[];
  images: {width: number; height: number; number: number | null}[];
}
interface Endpoint {
  url: string;
  received: Entry[];
  close: () => Promise<void>;
}
interface Reply {
  choices?: {message: {content: string | null; refusal: string | null}; finish_reason: string}[];
  error?: {message: string; code: string | null};
}

const {startEndpoint} = await importProgram<{
  startEndpoint: (options: {
    folder: string;
    key?: string;
    scene?: object;
    slowMs?: number;
  }) => Promise<Endpoint>;
}>('enhance/endpoint.mjs');
const {readNumber} = await importProgram<{
  readNumber: (
    picture: {width: number; height: number; luma: Uint8Array},
    scene: {width: number; height: number},
  ) => number | null;
}>('enhance/images.mjs');

/** A JPEG picture (4:2:0) of `drawFrameNumber` of 173, made smaller to 240 x 132 by another program. */
const JPEG = fileURLToPath(new URL('enhance/frame-173.jpg', import.meta.url));

/** A PNG file of RGB pixels, whose rows have each kind of filter in turn where `isFiltered`. */
function encodePng({width, height}: {width: number; height: number}, pixels: Uint8Array): Buffer {
  const stride = width * 3;
  const rows = Buffer.alloc(height * (stride + 1));
  for (let row = 0; row < height; row += 1) {
    const filter = row % 3;
    rows[row * (stride + 1)] = filter;
    for (let column = 0; column < stride; column += 1) {
      const at = row * stride + column;
      const left = column >= 3 ? (pixels[at - 3] ?? 0) : 0;
      const up = row > 0 ? (pixels[at - stride] ?? 0) : 0;
      rows[row * (stride + 1) + 1 + column] = ((pixels[at] ?? 0) - ([0, left, up][filter] ?? 0)) & 255;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const chunk = (type: string, data: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(type, 'latin1'), data, Buffer.alloc(4)]);
  };
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const png = (number: number): string =>
  `data:image/png;base64,${encodePng(NUMBERED, drawNumbered(number)).toString('base64')}`;

describe('the stand-in of an endpoint', () => {
  let folder: string;
  let endpoint: Endpoint;

  beforeEach(async () => {
    folder = await temporaryFolder('endpoint');
    endpoint = await startEndpoint({folder, key: 'right', scene: NUMBERED, slowMs: 300});
  });
  afterEach(() => endpoint.close());

  const image = (url: string): object => ({type: 'image_url', image_url: {url}});
  const chat = (parts: object[]): object => ({
    model: 'pixtral-12b',
    messages: [{role: 'user', content: [{type: 'text', text: 'a street'}, ...parts]}],
  });
  async function ask(body: unknown, key = 'right', signal?: AbortSignal): Promise<Response> {
    return fetch(`${endpoint.url}/chat/completions`, {
      method: 'POST',
      headers: {'content-type': 'application/json', authorization: `Bearer ${key}`},
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal && {signal}),
    });
  }
  const read = async (response: Response): Promise<Reply> => (await response.json()) as Reply;

  it('names the frames that it was shown', async () => {
    const jpeg = `data:image/jpeg;base64,${(await readFile(JPEG)).toString('base64')}`;
    const response = await ask(chat([image(png(0)), image(png(255)), image(jpeg)]));
    assert.equal(response.status, 200);
    const {choices} = await read(response);
    assert.equal(choices?.[0]?.message.content, 'Enhanced: a street Shown: frame 0, frame 255, frame 173.');
    const [entry] = JSON.parse(await readFile(join(folder, 'received.json'), 'utf8')) as Entry[];
    assert.deepEqual(
      entry?.images.map(({width}) => width),
      [320, 320, 240],
    );
    assert.deepEqual(entry.texts, [{role: 'user', text: 'a street'}]);
    assert.ok(!JSON.stringify(endpoint.received).includes('right'), 'the key is not written down');
  });

  it('lists its models to who has the key', async () => {
    const list = async (authorization: string): Promise<Response> =>
      fetch(`${endpoint.url}/models`, {headers: {authorization}});
    assert.match(await (await list('Bearer right')).text(), /"id":"pixtral-12b"/);
    assert.equal((await list('Bearer wrong')).status, 401);
    assert.equal((await ask(chat([]), 'wrong')).status, 401);
  });

  const wrong: [string, number, unknown, RegExp][] = [
    [
      'pictures that are too large',
      400,
      chat([
        image(
          `data:image/png;base64,${encodePng({width: 960, height: 540}, new Uint8Array(960 * 540 * 3)).toString('base64')}`,
        ),
      ]),
      /^Prompt length \d+ is longer than maximum model length 4096$/,
    ],
    ['addresses of pictures', 400, chat([image('https://example.com/a.png')]), /expected a base64 data URL/],
    ['pictures that are cut', 400, chat([image(png(3).slice(0, 600))]), /./],
    [
      'pictures of another kind',
      400,
      chat([image(png(3).replace('png', 'jpeg'))]),
      /cannot identify image file/,
    ],
    ['unknown models', 404, {...chat([]), model: 'gpt-9'}, /does not exist/],
    ['requests without messages', 400, {model: 'pixtral-12b', messages: []}, /minimum length 1/],
    ['unknown parts', 400, chat([{type: 'video', video: 'x'}]), /Invalid value for 'messages\[0\]\.content'/],
    ['what is no JSON', 400, '{', /could not parse the JSON/],
    ['streams', 400, {...chat([]), stream: true}, /'stream' does not support true/],
    ['numbers out of range', 400, {...chat([]), max_tokens: 0}, /Invalid 'max_tokens'/],
  ];
  for (const [title, status, body, words] of wrong) {
    it(`refuses ${title}`, async () => {
      const response = await ask(body);
      assert.equal(response.status, status);
      assert.match((await read(response)).error?.message ?? '', words);
    });
  }

  const fail = (mode: string): Promise<void> => writeFile(join(folder, 'STANDIN_FAIL'), mode);

  it('fails as it is told to', async () => {
    for (const status of [401, 429, 500]) {
      await fail(String(status));
      const response = await ask(chat([]));
      assert.equal(response.status, status);
      assert.equal(response.headers.get('retry-after'), status === 429 ? '1' : null);
    }
    const answers: [string, (reply: Reply) => unknown, unknown][] = [
      ['empty', ({choices}) => choices?.[0]?.message.content, ''],
      ['no-choices', ({choices}) => choices, []],
      ['refusal', ({choices}) => choices?.[0]?.message.content, null],
      ['length', ({choices}) => choices?.[0]?.finish_reason, 'length'],
    ];
    for (const [mode, look, expected] of answers) {
      await fail(mode);
      assert.deepEqual(look(await read(await ask(chat([])))), expected, mode);
    }
    await fail('not-json');
    await assert.rejects(read(await ask(chat([]))), SyntaxError);
    await fail('cut');
    await assert.rejects(ask(chat([])).then(read));
  });

  it('is slow as it is told to', async () => {
    await fail('slow');
    await assert.rejects(ask(chat([]), 'right', AbortSignal.timeout(100)), {name: 'TimeoutError'});
    assert.equal((await ask(chat([]))).status, 200);
  });

  it('recovers after so many failures', async () => {
    await fail('429@2');
    const statuses = [];
    for (let time = 0; time < 3; time += 1) statuses.push((await ask(chat([]))).status);
    assert.deepEqual(statuses, [429, 429, 200]);
  });
});

describe('a clip of numbered frames', () => {
  it('keeps its numbers through the codec', async () => {
    const path = join(await temporaryFolder('numbered'), 'clip.mp4');
    await writeNumberedClip(path, {frames: 5, first: 170});
    const numbers = [];
    for await (const {width, height, y} of decodeFrames(path))
      numbers.push(readNumber({width, height, luma: y}, NUMBERED));
    assert.deepEqual(numbers, [170, 171, 172, 173, 174]);
  });

  it('is not read where there is no number', () => {
    const luma = new Uint8Array(NUMBERED.width * NUMBERED.height).fill(128);
    assert.equal(readNumber({...NUMBERED, luma}, NUMBERED), null);
  });
});

describe('the stand-in of prompt_upsampler.py', function () {
  this.timeout(30_000);
  let machine: Machine;
  before(async () => {
    machine = await Machine.make('upsampler');
    await mkdir(join(machine.checkout, 'checkpoints/nvidia/Cosmos-UpsamplePrompt1-12B-Transfer'), {
      recursive: true,
    });
    await writeNumberedClip(join(machine.checkout, 'clip.mp4'));
    await writeClip(join(machine.checkout, 'large.mp4'), {...SMALL, width: 960, height: 544, frames: 2});
  });

  interface Outcome {
    rc: number | null;
    stderr: string;
    out: string;
    results: {name: string; success: boolean; upsampled_prompt?: string; error?: string}[];
    seen: {frames: number[]}[];
  }
  async function run(items: object[], {words = [] as string[], env = {}} = {}): Promise<Outcome> {
    const out = await temporaryFolder('out');
    await machine.write('batch.json', items);
    const own = ['--batch', 'batch.json', '--output-dir', out, '--checkpoint-dir', 'checkpoints'];
    const ended = await machine.run(
      'python',
      [join(machine.checkout, 'scripts/prompt_upsampler.py'), ...own, ...words],
      env,
    );
    const load = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(join(out, name), 'utf8').catch(() => '{}'));
    const results = (await load('batch_results.json')) as Outcome['results'];
    const {seen = []} = (await load('received.json')) as {seen?: Outcome['seen']};
    return {...ended, out, results, seen};
  }

  it('goes on without a video that is not there', async () => {
    const {rc, out, results, seen, stderr} = await run([
      {name: 'a', prompt: 'rain', video_path: 'clip.mp4'},
      {name: 'b', prompt: 'snow', video_path: '/home/me/clip.mp4'},
    ]);
    assert.equal(rc, 0, stderr);
    assert.deepEqual(
      results.map(({upsampled_prompt: text}) => text),
      ['Enhanced: rain Frames 0 and 11 were seen.', 'Enhanced: snow'],
    );
    assert.deepEqual(
      seen.map(({frames}) => frames),
      [[0, 11], []],
    );
    assert.deepEqual((await readdir(out)).sort(), [
      'a_upsampled.json',
      'b_upsampled.json',
      'batch_results.json',
      'received.json',
    ]);
  });

  it('ends well whatever became of its items', async () => {
    const large = {name: 'a', prompt: 'rain', video_path: 'large.mp4'};
    const {rc, results} = await run([large, {name: 'b', prompt: 'x'}, {name: 'c'}], {
      env: {STANDIN_FAIL: 'item@1'},
    });
    assert.equal(rc, 0);
    assert.deepEqual(
      results.map(({success, error}) => [success, error]),
      [
        [false, 'Prompt length 4721 is longer than maximum model length 4096'],
        [false, 'CUDA out of memory.'],
        [false, "'prompt'"],
      ],
    );
  });

  it('refuses wrong words, and wants its weights', async () => {
    const item = {name: 'a', prompt: 'rain'};
    const unknown = await run([item], {words: ['--model', 'x']});
    assert.deepEqual([unknown.rc, /unrecognized arguments: --model x/.test(unknown.stderr)], [2, true]);
    const bare = await run([item], {words: ['--checkpoint-dir', 'gone']});
    assert.deepEqual([bare.rc, /No such file or directory: 'gone/.test(bare.stderr)], [1, true]);
  });
});
