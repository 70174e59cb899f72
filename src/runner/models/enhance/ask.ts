/**
 * One question to an endpoint of the OpenAI kind: the prompt, with pictures as data URLs. Tries again what may pass, as long as
 * there is time. Never follows a redirection, and no text that leaves this file has the key in it.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {AskError} from './ask-error.ts';
import {readAnswer, readProblem, type Answer} from './answer.ts';
import {formatAgain} from './log.ts';
import type {EnhanceSpec} from './spec.ts';

export interface AskOptions {
  /** PNG files, in the order of the clip. */
  images: readonly Uint8Array[];
  key: string | undefined;
  onLine: (line: string) => void;
}

const MOST_TRIES = 3;
/** Before the second and the third try, when the endpoint asks for nothing. */
const PAUSES_MS = [1000, 4000];
const PASSING = [408, 429, 500, 502, 503, 504, 529];
/** An answer is a page of text; whoever sends more is no such endpoint. */
const MOST_BYTES = 4_000_000;

/** @throws AskError */
export async function ask(spec: EnhanceSpec, options: AskOptions): Promise<Answer> {
  const {key, onLine} = options;
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
    throw new AskError(
      `the key in ${spec.key_env ?? 'the environment'} has spaces or characters that no key has`,
    );
  const end = performance.now() + spec.timeout_seconds * 1000;
  let body = bodyOf(spec, options.images);
  for (let tries = 1; ; tries += 1) {
    try {
      return await askOnce(spec, {body, key, leftMs: Math.max(1, Math.ceil(end - performance.now()))});
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      if (wantsOtherName(error) && 'max_tokens' in body) {
        body = withOtherName(body);
        continue;
      }
      const pauseMs = Math.max(error.afterMs ?? 0, PAUSES_MS[tries - 1] ?? 0);
      if (!error.mayPass || tries === MOST_TRIES || performance.now() + pauseMs >= end) throw error;
      onLine(formatAgain(error.message, Math.ceil(pauseMs / 1000)));
      await sleep(pauseMs);
    }
  }
}

type Body = Record<string, unknown>;

function bodyOf(spec: EnhanceSpec, images: readonly Uint8Array[]): Body {
  const {model, instruction, prompt, max_tokens, temperature, seed} = spec;
  const pictures = images.map((bytes) => ({
    type: 'image_url',
    image_url: {url: `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`},
  }));
  return {
    model,
    messages: [
      {role: 'system', content: instruction},
      {role: 'user', content: pictures.length === 0 ? prompt : [...pictures, {type: 'text', text: prompt}]},
    ],
    max_tokens,
    ...(temperature !== undefined && {temperature}),
    ...(seed !== undefined && {seed}),
  };
}

/** Models that think before they answer call the limit by another name, and say so. */
function wantsOtherName({message}: AskError): boolean {
  return message.startsWith('HTTP 400: ') && message.includes('max_completion_tokens');
}

function withOtherName({max_tokens: limit, ...body}: Body): Body {
  return {...body, max_completion_tokens: limit};
}

async function askOnce(
  {endpoint, timeout_seconds: seconds}: EnhanceSpec,
  {body, key, leftMs}: {body: Body; key: string | undefined; leftMs: number},
): Promise<Answer> {
  const signal = AbortSignal.timeout(leftMs);
  try {
    const response = await fetch(`${endpoint.replace(/\/+$/, '')}/chat/completions`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(key !== undefined && {authorization: `Bearer ${key}`}),
      },
      body: JSON.stringify(body),
      signal,
    });
    // A server may repeat what it was sent, and what it says is written down.
    const text = hidden(await readBody(response), key);
    if (response.ok) return readAnswer(text);
    throw refusal(response, {
      text,
      location: hidden(response.headers.get('location') ?? 'an unknown address', key),
    });
  } catch (error) {
    if (error instanceof AskError) throw error;
    if (signal.aborted) throw new AskError(`no answer within ${seconds} s`);
    throw new AskError(`not reachable: ${hidden(reasonOf(error), key)}`, {mayPass: true});
  }
}

async function readBody({body}: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > MOST_BYTES) throw new AskError(`the answer has more than ${MOST_BYTES / 1e6} MB`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function refusal({status, headers}: Response, {text, location}: {text: string; location: string}): AskError {
  if (status >= 300 && status < 400) return new AskError(`HTTP ${status}: to ${location}`);
  const problem = readProblem(text);
  const afterMs = waitOf(headers.get('retry-after'));
  const asks = afterMs === undefined ? '' : ` (asks to wait ${Math.ceil(afterMs / 1000)} s)`;
  const isSpent = /insufficient_quota|billing/.test(problem);
  return new AskError(`HTTP ${status}: ${problem}${asks}`, {
    mayPass: PASSING.includes(status) && !isSpent,
    afterMs,
  });
}

/** Seconds, or a date as HTTP writes it. */
function waitOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.max(0, time - performance.timeOrigin - performance.now());
}

/** The code of the system is worth more than "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause ? String(cause.code) : '';
  return code === '' || cause.message.includes(code) ? cause.message : `${code}: ${cause.message}`;
}

function hidden(text: string, key: string | undefined): string {
  return key === undefined ? text : text.replaceAll(key, '[the key]');
}
