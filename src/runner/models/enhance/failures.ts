/**
 * Why enhancements fail. Each pattern is of the beginning of an error line of the program, so that nothing that a server says
 * can choose the class. What NVIDIA's upsampler says is among the classes of the Cosmos models, but for its short memory.
 */
import type {FailureClass} from '../nvidia/failures.ts';

export const TOO_LARGE: FailureClass = {
  class: 'frames.too-large',
  pattern:
    /^HTTP 413\b|^HTTP 4\d\d: .*(?:longer than (?:the )?maximum model length|maximum context length|context_length_exceeded|too large)|Prompt length (?:of )?\d+ is longer than (?:the )?maximum model length/i,
  message: 'The frames and the prompt are more than the model takes.',
  isRetryable: false,
  advice: 'Show it less: --set frame_size=320, or --set frames=2.',
};

export const ENDPOINT_FAILURES: readonly FailureClass[] = [
  TOO_LARGE,
  {
    class: 'endpoint.key',
    pattern: /^HTTP 40[13]\b|^the key /,
    message: 'The endpoint did not accept the key, or there was none.',
    isRetryable: false,
    advice:
      'Set the variable that models.enhance.keyEnv names where you start cosmos, and check that its key may use this model.',
  },
  {
    class: 'endpoint.quota',
    pattern: /^HTTP 402\b|^HTTP 429: .*(?:insufficient_quota|billing)/,
    message: 'The account of the key has nothing left to spend.',
    isRetryable: false,
    advice: 'Look at the account at the endpoint, or use another key.',
  },
  {
    class: 'endpoint.busy',
    pattern: /^HTTP (?:429|503|529)\b/,
    message: 'The endpoint had too much to do.',
    isRetryable: true,
    advice: 'Run it again later; the line says when, if the endpoint did.',
  },
  {
    class: 'endpoint.error',
    pattern: /^HTTP (?:408|5\d\d)\b/,
    message: 'The endpoint failed.',
    isRetryable: true,
    advice: 'Run it again; if it happens twice, look at its state, or at its log if it is yours.',
  },
  {
    class: 'endpoint.elsewhere',
    pattern: /^HTTP 3\d\d\b/,
    message:
      'The endpoint sends requests to another address, which is not followed: key and pictures would go along.',
    isRetryable: false,
    advice: 'If you trust that address, make it models.enhance.endpoint.',
  },
  {
    class: 'endpoint.unknown',
    pattern: /^HTTP 40[45]\b/,
    message: 'The endpoint knows no such address or model.',
    isRetryable: false,
    advice: 'Check models.enhance.endpoint, which mostly ends in /v1, and models.enhance.model.',
  },
  {
    class: 'endpoint.refused',
    pattern: /^HTTP 4\d\d\b/,
    message: 'The endpoint refused the request.',
    isRetryable: false,
    advice: 'Read what it says: it may take no pictures, or not one of the parameters.',
  },
  {
    class: 'endpoint.slow',
    pattern: /^no answer within /,
    message: 'The endpoint did not answer in time.',
    isRetryable: true,
    advice: 'Run it again, or raise models.enhance.timeout.',
  },
  {
    class: 'endpoint.unreachable',
    pattern: /^not reachable: /,
    message: 'The endpoint could not be reached.',
    isRetryable: true,
    advice: 'Check models.enhance.endpoint and your connection, then run it again.',
  },
  {
    class: 'answer.refused',
    pattern: /^the model refused: /,
    message: 'The model refused to write this prompt.',
    isRetryable: false,
    advice: 'Change the prompt, or ask another model.',
  },
  {
    class: 'answer.cut',
    pattern: /^the answer was cut off after /,
    message: 'The answer was longer than it may be, and cut off.',
    isRetryable: false,
    advice:
      'Raise it with --set max_tokens=4000, or tell the model to be shorter with --set instruction="…".',
  },
  {
    class: 'answer.unusable',
    pattern: /^the answer /,
    message: 'The answer of the endpoint cannot be used.',
    isRetryable: true,
    advice: 'Run it again; if it happens twice, check that the endpoint is one of the OpenAI kind.',
  },
];
