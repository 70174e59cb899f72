import assert from 'node:assert/strict';
import {createServer, type IncomingMessage, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {endedEnhance} from '../../../../src/runner/models/enhance/adapter.ts';
import {ask} from '../../../../src/runner/models/enhance/ask.ts';
import {classifyEnhance} from '../../../../src/runner/models/enhance/classify.ts';
import {formatError, readProgress} from '../../../../src/runner/models/enhance/log.ts';
import type {EnhanceSpec} from '../../../../src/runner/models/enhance/spec.ts';
import type {Failure} from '../../../../src/runner/model.ts';
import {openEndpoint, type Endpoint} from '../../../support/enhancer.ts';
import {temporaryFolder} from '../../../support/temporary.ts';
import {makeExit} from '../../run-document.ts';

const KEY = 'sk-very-secret-4711';

const SPEC: EnhanceSpec = {
  endpoint: '',
  model: 'pixtral-12b',
  prompt: 'a wet street',
  instruction: 'improve it',
  images: [],
  max_tokens: 100,
  timeout_seconds: 20,
};

interface Asked {
  text?: string;
  facts?: Record<string, unknown>;
  failure?: Failure | null;
  lines: string[];
}

/** What becomes of a question, as the run would see it. */
async function outcomeOf(spec: Partial<EnhanceSpec>, key: string | undefined = KEY): Promise<Asked> {
  const lines: string[] = [];
  try {
    const asked = {images: [], key, onLine: (line: string) => lines.push(line)};
    return {...(await ask({...SPEC, ...spec}, asked)), lines};
  } catch (error) {
    const line = formatError(error instanceof Error ? error.message : String(error));
    const failure = classifyEnhance({exit: makeExit({rc: 1}), logTail: [...lines, line], problems: []});
    return {failure, lines};
  }
}

describe('a question to the stand-in of an endpoint', function () {
  this.timeout(20_000);
  let folder: string;
  let endpoint: Endpoint;
  let spec: Partial<EnhanceSpec>;

  before(async () => {
    folder = await temporaryFolder('endpoint');
    endpoint = await openEndpoint({folder, key: KEY});
  });
  beforeEach(() => {
    endpoint.received.length = 0;
    // Too short for a second try.
    spec = {endpoint: endpoint.url, timeout_seconds: 1};
  });
  after(() => endpoint.close());

  const classes: [string, string, RegExp, boolean][] = [
    ['401', 'endpoint.key', /HTTP 401: Incorrect API key provided\. \(invalid_api_key\)$/, false],
    ['429', 'endpoint.busy', /HTTP 429: Rate limit reached\..*\(asks to wait 1 s\)$/, true],
    ['500', 'endpoint.error', /HTTP 500: The server had an error/, true],
    ['slow', 'endpoint.slow', /no answer within 1 s$/, true],
    ['empty', 'answer.unusable', /the answer is empty$/, true],
    ['no-choices', 'answer.unusable', /the answer holds no choice/, true],
    ['refusal', 'answer.refused', /the model refused: I'm sorry/, false],
    ['length', 'answer.cut', /the answer was cut off after 80 tokens$/, false],
    ['not-json', 'answer.unusable', /the answer is no JSON: <html>/, true],
    ['cut', 'endpoint.unreachable', /not reachable: /, true],
  ];
  for (const [mode, name, evidence, isRetryable] of classes) {
    it(`is ${name} after ${mode}`, async () => {
      await writeFile(join(folder, 'STANDIN_FAIL'), mode);
      const {failure} = await outcomeOf(spec);
      assert.equal(failure?.class, name);
      assert.match(failure.evidence[0] ?? '', evidence);
      assert.equal(failure.isRetryable, isRetryable);
      await writeFile(join(folder, 'STANDIN_FAIL'), '');
    });
  }

  it('is asked again after the time that the endpoint wants', async () => {
    await writeFile(join(folder, 'STANDIN_FAIL'), `429@${endpoint.received.length + 100}`);
    const {failure} = await outcomeOf({endpoint: endpoint.url, timeout_seconds: 2});
    assert.equal(failure?.class, 'endpoint.busy');
    assert.equal(endpoint.received.length, 2);
    await writeFile(join(folder, 'STANDIN_FAIL'), '');
  });

  it('says which model or address there is not', async () => {
    assert.equal((await outcomeOf({...spec, model: 'gpt-9'})).failure?.class, 'endpoint.unknown');
    assert.equal(
      (await outcomeOf({...spec, endpoint: endpoint.url.replace('/v1', '/v2')})).failure?.class,
      'endpoint.unknown',
    );
  });
});

describe('a question to an endpoint of another kind', function () {
  this.timeout(20_000);
  let server: Server;
  let url = '';
  const requests: {url: string; body: Record<string, unknown>}[] = [];
  let answer: (
    request: IncomingMessage,
    body: Record<string, unknown>,
  ) => {
    status?: number;
    headers?: Record<string, string>;
    body: string;
  };

  before(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, unknown>;
        requests.push({url: request.url ?? '', body});
        const {status = 200, headers, body: text} = answer(request, body);
        response.writeHead(status, headers);
        response.end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => (requests.length = 0));
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const says = (content: unknown, more: object = {}) => ({
    body: JSON.stringify({model: 'm-1', choices: [{message: {content}, finish_reason: 'stop', ...more}]}),
  });
  const complains = (status: number, message: string, code?: string) => ({
    status,
    body: JSON.stringify({error: {message, code}}),
  });

  it('does not follow it elsewhere with key and pictures', async () => {
    answer = () => ({status: 307, headers: {location: `${url}/elsewhere`}, body: ''});
    const {failure} = await outcomeOf({endpoint: `${url}/v1`});
    assert.equal(failure?.class, 'endpoint.elsewhere');
    assert.match(failure.evidence[0] ?? '', /HTTP 307: to http:\/\/127\.0\.0\.1:\d+\/elsewhere$/);
    assert.deepEqual(
      requests.map((each) => each.url),
      ['/v1/chat/completions'],
    );
  });

  it('hides the key that it repeats', async () => {
    const long = 'x'.repeat(390);
    answer = ({headers}) => complains(401, `${long} ${headers.authorization ?? ''}`);
    const {failure} = await outcomeOf({endpoint: url});
    assert.ok(!JSON.stringify(failure).includes(KEY.slice(0, 6)), 'not even where the message is cut');
    answer = ({headers}) => says(`your key is ${headers.authorization ?? ''}`);
    assert.equal((await outcomeOf({endpoint: url})).text, 'your key is Bearer [the key]');
    answer = ({headers}) => ({
      status: 302,
      headers: {location: `/?${headers.authorization?.slice(7) ?? ''}`},
      body: '',
    });
    assert.ok(!JSON.stringify((await outcomeOf({endpoint: url})).failure).includes(KEY));
    const odd = await outcomeOf({endpoint: url, key_env: 'A_KEY'}, `${KEY}\n`);
    assert.deepEqual(
      [odd.failure?.class, JSON.stringify(odd.failure).includes(KEY)],
      ['endpoint.key', false],
    );
  });

  it('sends no key where there is none', async () => {
    answer = ({headers}) => says(`header: ${headers.authorization ?? 'none'}`);
    const lines: string[] = [];
    const asked = {images: [], key: undefined, onLine: (line: string) => lines.push(line)};
    assert.equal((await ask({...SPEC, endpoint: url}, asked)).text, 'header: none');
  });

  it('takes answers in the forms that there are', async () => {
    answer = () =>
      says([
        {type: 'text', text: ' rain '},
        {type: 'text', text: 'falls\r\nhard'},
      ]);
    assert.equal((await outcomeOf({endpoint: url})).text, 'rain falls\nhard');
    answer = () => says('<think>the user wants\nrain</think>\n\nrain falls');
    const {text, facts} = await outcomeOf({endpoint: url});
    assert.deepEqual([text, facts?.['model'], facts?.['finish_reason']], ['rain falls', 'm-1', 'stop']);
  });

  it('gives the limit the name that the model knows', async () => {
    answer = (_request, body) =>
      'max_tokens' in body
        ? complains(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        : says('rain');
    assert.equal((await outcomeOf({endpoint: url})).text, 'rain');
    assert.deepEqual(
      requests.map(({body}) => [body['max_tokens'], body['max_completion_tokens']]),
      [
        [100, undefined],
        [undefined, 100],
      ],
    );
  });

  it('sends what was asked for and nothing else', async () => {
    answer = () => says('rain');
    const options = {images: [Buffer.from('one')], key: undefined, onLine: () => undefined};
    await ask({...SPEC, endpoint: `${url}/v1/`, temperature: 0.3, seed: 7}, options);
    assert.equal(requests[0]?.url, '/v1/chat/completions');
    assert.deepEqual(requests[0].body, {
      model: 'pixtral-12b',
      messages: [
        {role: 'system', content: 'improve it'},
        {
          role: 'user',
          content: [
            {type: 'image_url', image_url: {url: 'data:image/png;base64,b25l'}},
            {type: 'text', text: 'a wet street'},
          ],
        },
      ],
      max_tokens: 100,
      temperature: 0.3,
      seed: 7,
    });
  });

  const refusals: [string, number, string, string, string | undefined][] = [
    [
      'too many tokens',
      400,
      'frames.too-large',
      'Prompt length of 4685 is longer than the maximum model length of 4096',
      undefined,
    ],
    [
      'a context that is full',
      400,
      'frames.too-large',
      'maximum context length is 4096 tokens',
      'context_length_exceeded',
    ],
    ['a body that is too large', 413, 'frames.too-large', 'Payload Too Large', undefined],
    ['no money left', 429, 'endpoint.quota', 'You exceeded your current quota', 'insufficient_quota'],
    ['a model without eyes', 400, 'endpoint.refused', 'image_url is not supported by this model', undefined],
    ['a message that claims to be another', 400, 'endpoint.refused', 'HTTP 429: wait', undefined],
  ];
  for (const [title, status, name, message, code] of refusals)
    it(`understands ${title}`, async () => {
      answer = () => complains(status, message, code);
      assert.equal((await outcomeOf({endpoint: url})).failure?.class, name);
      assert.equal(requests.length, 1, 'not asked again');
    });

  it('refuses what cannot be a prompt', async () => {
    for (const [content, why] of [
      ['x'.repeat(10_001), /the answer has 10001 characters/],
      ['a\u0007b', /the answer has control characters/],
      [null, /the answer is empty/],
    ] as const) {
      answer = () => says(content);
      const {failure} = await outcomeOf({endpoint: url});
      assert.equal(failure?.class, 'answer.unusable');
      assert.match(failure.evidence[0] ?? '', why);
    }
    answer = () => says('half', {finish_reason: 'content_filter'});
    assert.equal((await outcomeOf({endpoint: url})).failure?.class, 'answer.refused');
    answer = () => ({body: 'x'.repeat(4_100_000)});
    assert.match((await outcomeOf({endpoint: url})).failure?.evidence[0] ?? '', /more than 4 MB/);
  });

  it('says which address cannot be reached', async () => {
    const {failure, lines} = await outcomeOf({endpoint: 'http://127.0.0.1:1', timeout_seconds: 1});
    assert.deepEqual([failure?.class, failure?.isRetryable, lines], ['endpoint.unreachable', true, []]);
  });
});

describe('the outputs of an enhancement', () => {
  it('are right only with a text that can be a prompt', async () => {
    const folder = await temporaryFolder('outputs');
    const plan = {
      argv: ['x'] as [string],
      environment: [],
      outputs: [{name: 'enhanced.txt', role: 'enhanced', mediaType: 'text/plain', isRequired: true}],
      primaryOutput: 'enhanced.txt',
      timeoutMs: null,
    };
    const problemsOf = async (text: string): Promise<string[]> => {
      const path = join(folder, 'enhanced.txt');
      await writeFile(path, text);
      const file = {name: 'enhanced.txt', size: Buffer.byteLength(text), mediaType: 'text/plain', path};
      return (await endedEnhance.checkOutputs([file], plan)).map(({reason}) => reason);
    };
    assert.deepEqual(await problemsOf('rain\n'), []);
    assert.deepEqual(await problemsOf(''), ['is empty']);
    assert.deepEqual(await problemsOf(' \n'), ['is empty']);
    assert.deepEqual(await problemsOf('a\u0007b'), ['has control characters in it']);
    assert.deepEqual(await problemsOf('x'.repeat(10_001)), ['has 10001 characters; it may have 10000']);
    assert.deepEqual(await problemsOf('x'.repeat(1_000_001)), ['has 1000001 bytes']);
    const missing = await endedEnhance.checkOutputs([], plan);
    assert.deepEqual(missing, [{name: 'enhanced.txt', reason: 'is missing'}]);
    const failure = classifyEnhance({exit: makeExit({rc: 0}), logTail: [], problems: missing});
    assert.equal(failure?.class, 'outputs.wrong');
    assert.equal(classifyEnhance({exit: makeExit({rc: 0}), logTail: [], problems: []}), null);
  });
});

describe('readProgress of an enhancement', () => {
  it('names what is being done', () => {
    const phases: [string, string | undefined][] = [
      ['enhance: asking pixtral-12b at a.example, 4 frames', 'ask'],
      ['enhance: HTTP 429: busy; trying again in 2 s', 'wait'],
      ['enhance: answered, 300 characters in 2.1 s', 'done'],
      ['[07-14 09:12:33|INFO|a.py:1:f] Initializing prompt upsampler...', 'load'],
      ['Upsampling prompt 1/1: prompt', 'ask'],
      ['enhance: error: HTTP 500: no', undefined],
    ];
    for (const [line, phase] of phases) assert.equal(readProgress(line)?.phase, phase, line);
  });
});
