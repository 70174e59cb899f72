/** What an endpoint of the OpenAI kind answers, read with suspicion: half of what calls itself one differs somewhere. */
import {findTextFault, tidyText} from '../../../manifest/prompt-text.ts';
import {isObject, objectOf, textOf, valueAt} from '../../json.ts';
import {AskError} from './ask-error.ts';

export interface Answer {
  text: string;
  /** What the endpoint says of it: id, model, why it ended, tokens. */
  facts: Record<string, unknown>;
}

const SHOWN = 200;
/** Some servers hand out what a model thinks before it answers. */
const THOUGHT = /^\s*<think>[\s\S]*?<\/think>/;

/** @throws AskError */
export function readAnswer(body: string): Answer {
  const value = parse(body);
  const [choice] = isObject(value) && Array.isArray(value['choices']) ? (value['choices'] as unknown[]) : [];
  if (!isObject(value) || !isObject(choice)) throw unusable(`holds no choice: ${body.slice(0, SHOWN)}`);
  const message = objectOf(choice['message']);
  const reason = choice['finish_reason'];
  const tokens = valueAt(value, ['usage', 'completion_tokens']);
  const refusal = textOf(message['refusal']);
  if (refusal !== undefined) throw new AskError(`the model refused: ${refusal.slice(0, SHOWN)}`);
  if (reason === 'content_filter') throw new AskError('the model refused: its filter stopped the answer');
  if (reason === 'length')
    throw new AskError(
      `the answer was cut off after ${typeof tokens === 'number' ? tokens : 'too many'} tokens`,
    );
  const text = tidyText(contentOf(message['content']).replace(THOUGHT, ''));
  const fault = findTextFault(text);
  if (fault !== undefined) throw unusable(fault);
  const {id, model, created, usage} = value;
  return {text, facts: {id, model, created, finish_reason: reason, usage}};
}

/** Also as a list of parts. */
function contentOf(content: unknown): string {
  if (Array.isArray(content)) return content.map((part) => textOf(objectOf(part)['text']) ?? '').join('');
  return typeof content === 'string' ? content : '';
}

/** What an error body says, else its beginning. */
export function readProblem(body: string): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return body === '' ? 'without a word' : body.slice(0, SHOWN);
  }
  const error = objectOf(value)['error'];
  const message =
    textOf(valueAt(value, ['error', 'message'])) ?? textOf(error) ?? textOf(objectOf(value)['message']);
  const code = textOf(valueAt(value, ['error', 'code']));
  return `${(message ?? body).slice(0, 2 * SHOWN)}${code === undefined ? '' : ` (${code})`}`;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw unusable(body === '' ? 'is empty' : `is no JSON: ${body.slice(0, SHOWN)}`);
  }
}

function unusable(why: string): AskError {
  return new AskError(`the answer ${why}`);
}
