#!/usr/bin/env node
/**
 * An endpoint of the OpenAI kind on this machine alone, which answers an enhanced prompt that names the frames it was shown.
 * `node endpoint.mjs --folder DIR [--key KEY] [--port PORT] [--scene 1280x704]` prints its address and runs until it is ended;
 * tests may call startEndpoint instead. DIR/received.json says what came. A file DIR/STANDIN_FAIL, or the variable, names a
 * way to fail: 401, 429, 500, slow, empty, no-choices, refusal, length, not-json, cut; `429@2` fails two requests and then
 * works.
 */
import {createServer} from 'node:http';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {parseArgs} from 'node:util';
import {readDataUrl, readNumber} from './images.mjs';

export const MODEL = 'pixtral-12b';
/** What fits into the context of the model: works up to 940 x 529, fails from 960 x 540 on. */
export const MOST_PIXELS = 940 * 529;
const TOKENS = 4096;
const SLOW_MS = 60_000;
const MOST_BYTES = 50_000_000;

const error = (status, message, {type = 'invalid_request_error', code = null, headers = {}} = {}) => ({
  status,
  headers,
  body: {error: {message, type, param: null, code}},
});

const FAILURES = {
  401: () => error(401, 'Incorrect API key provided.', {code: 'invalid_api_key'}),
  429: () =>
    error(429, 'Rate limit reached. Please try again in 1s.', {
      type: 'requests',
      code: 'rate_limit_exceeded',
      headers: {'retry-after': '1'},
    }),
  500: () => error(500, 'The server had an error while processing your request.', {type: 'server_error'}),
  empty: () => completion(''),
  'no-choices': () => ({status: 200, body: {...completion('').body, choices: []}}),
  refusal: () => completion(null, {refusal: "I'm sorry, but I can't assist with that request."}),
  length: () => completion('A street that', {reason: 'length'}),
  'not-json': () => ({status: 200, text: '<html><body>Bad gateway</body></html>'}),
};

/**
 * @param {{folder: string, key?: string, port?: number, scene?: {width: number, height: number}, slowMs?: number}} options
 * @returns {Promise<{url: string, received: object[], close: () => Promise<void>}>}
 */
export async function startEndpoint({
  folder,
  key,
  port = 0,
  scene = {width: 1280, height: 704},
  slowMs = SLOW_MS,
}) {
  const received = [];
  const state = {folder, key, scene, slowMs, failed: 0};
  let isClosed = false;
  const server = createServer((request, response) => {
    const entry = {
      method: request.method,
      path: request.url,
      hasKey: request.headers.authorization !== undefined,
    };
    received.push(entry);
    answer(request, {entry, state})
      .catch((problem) => error(500, String(problem?.stack ?? problem), {type: 'server_error'}))
      .then((reply) => {
        // Whoever asked is gone, and the folder may be.
        if (isClosed) return;
        entry.status = reply.status ?? null;
        writeFileSync(join(folder, 'received.json'), JSON.stringify(received, null, 2));
        send(response, reply);
      });
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    received,
    close: () =>
      new Promise((resolve) => {
        isClosed = true;
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response, {status, headers = {}, body, text, isCut}) {
  if (isCut) {
    response.writeHead(200, {'content-type': 'application/json', 'content-length': 4000});
    response.write('{"id": "chatcmpl-1", "choices": [{"mess');
    setTimeout(() => response.destroy(), 20);
    return;
  }
  response.writeHead(status, {
    'content-type': text === undefined ? 'application/json' : 'text/html',
    ...headers,
  });
  response.end(text ?? JSON.stringify(body));
}

async function answer(request, {entry, state}) {
  const bytes = await readBody(request);
  if (state.key !== undefined && request.headers.authorization !== `Bearer ${state.key}`)
    return error(401, entry.hasKey ? 'Incorrect API key provided.' : "You didn't provide an API key.", {
      code: entry.hasKey ? 'invalid_api_key' : null,
    });
  const path = new URL(request.url, 'http://localhost').pathname;
  if (path === '/v1/models' && request.method === 'GET')
    return {
      status: 200,
      body: {object: 'list', data: [{id: MODEL, object: 'model', created: 0, owned_by: 'stand-in'}]},
    };
  if (path !== '/v1/chat/completions') return error(404, `Invalid URL (${request.method} ${path})`);
  if (request.method !== 'POST') return error(405, `Not allowed to ${request.method} on ${path}.`);
  const failure = takeFailure(state);
  entry.failure = failure ?? null;
  if (failure === 'slow') await new Promise((resolve) => setTimeout(resolve, state.slowMs));
  if (failure === 'cut') return {status: 200, isCut: true};
  if (FAILURES[failure] !== undefined) return FAILURES[failure]();
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    return error(400, 'Unsupported media type: expected application/json');
  return complete(bytes, {entry, scene: state.scene});
}

async function readBody(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size <= MOST_BYTES) parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Read anew for each request, so that a test can change its mind. */
function takeFailure(state) {
  const file = join(state.folder, 'STANDIN_FAIL');
  const said = process.env.STANDIN_FAIL ?? (existsSync(file) ? readFileSync(file, 'utf8').trim() : '');
  const [mode, times] = said.split('@');
  if (mode === '') return undefined;
  state.failed += 1;
  return times !== undefined && state.failed > Number(times) ? undefined : mode;
}

function complete(bytes, {entry, scene}) {
  let body;
  try {
    body = JSON.parse(bytes.toString('utf8'));
  } catch {
    return error(400, 'We could not parse the JSON body of your request.');
  }
  const problem = findProblem(body);
  if (problem !== undefined) return error(400, problem);
  Object.assign(entry, {model: body.model, body: {...body, messages: body.messages.length}});
  if (body.model !== MODEL)
    return error(404, `The model \`${body.model}\` does not exist.`, {code: 'model_not_found'});
  const parts = body.messages.flatMap(({role, content}) =>
    (typeof content === 'string' ? [{type: 'text', text: content}] : content).map((part) => ({
      role,
      ...part,
    })),
  );
  entry.texts = parts.filter(({type}) => type === 'text').map(({role, text}) => ({role, text}));
  entry.images = [];
  for (const {image_url: image} of parts.filter(({type}) => type === 'image_url')) {
    let picture;
    try {
      picture = readDataUrl(image.url);
    } catch (cause) {
      return error(400, cause.message);
    }
    const {type, bytes: size, sha256, width, height} = picture;
    entry.images.push({type, bytes: size, sha256, width, height, number: readNumber(picture, scene)});
    if (picture.width * picture.height > MOST_PIXELS) {
      const length = Math.ceil((picture.width / 16) * (picture.height / 16)) + 2000;
      return error(
        400,
        `Prompt length ${Math.max(length, TOKENS + 1)} is longer than maximum model length ${TOKENS}`,
      );
    }
  }
  return completion(enhance(entry));
}

/** In the words of the API; undefined where it would go on. */
function findProblem(body) {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return 'Invalid type for body: expected an object.';
  if (typeof body.model !== 'string') return 'you must provide a model parameter';
  if (!Array.isArray(body.messages) || body.messages.length === 0)
    return "Invalid 'messages': expected an array with minimum length 1.";
  if (body.stream === true) return "Unsupported value: 'stream' does not support true with this model.";
  if (body.n !== undefined && body.n !== 1) return "Unsupported value: 'n' supports only 1.";
  if (body.temperature !== undefined && !(body.temperature >= 0 && body.temperature <= 2))
    return "Invalid 'temperature': expected a number between 0 and 2.";
  for (const key of ['max_tokens', 'max_completion_tokens'])
    if (body[key] !== undefined && !(Number.isInteger(body[key]) && body[key] > 0))
      return `Invalid '${key}': integer below minimum value.`;
  for (const [index, message] of body.messages.entries()) {
    const at = `messages[${index}]`;
    if (!['system', 'developer', 'user', 'assistant'].includes(message?.role))
      return `Invalid value: '${at}.role'.`;
    const {content} = message;
    if (typeof content === 'string') continue;
    if (!Array.isArray(content) || content.length === 0) return `Invalid type for '${at}.content'.`;
    for (const part of content) {
      const isText = part?.type === 'text' && typeof part.text === 'string';
      const isImage =
        part?.type === 'image_url' && typeof part.image_url?.url === 'string' && message.role === 'user';
      if (!isText && !isImage) return `Invalid value for '${at}.content'.`;
    }
  }
  return undefined;
}

function enhance({texts, images}) {
  const asked = texts.findLast(({role}) => role === 'user')?.text ?? '';
  const numbers = images.map(({number}) => (number === null ? 'an unknown frame' : `frame ${number}`));
  const shown = numbers.length === 0 ? 'Nothing was shown.' : `Shown: ${numbers.join(', ')}.`;
  return `Enhanced: ${asked} ${shown}`;
}

function completion(content, {reason = 'stop', refusal = null} = {}) {
  return {
    status: 200,
    body: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_784_000_000,
      model: MODEL,
      choices: [{index: 0, message: {role: 'assistant', content, refusal}, finish_reason: reason}],
      usage: {prompt_tokens: 1200, completion_tokens: 80, total_tokens: 1280},
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const {values} = parseArgs({
    options: {
      folder: {type: 'string'},
      key: {type: 'string'},
      port: {type: 'string'},
      scene: {type: 'string'},
    },
  });
  const [width, height] = (values.scene ?? '1280x704').split('x').map(Number);
  const {folder = '.', key, port = '0'} = values;
  const {url} = await startEndpoint({
    folder,
    ...(key !== undefined && {key}),
    port: Number(port),
    scene: {width, height},
  });
  process.stdout.write(`${url}\n`);
}
