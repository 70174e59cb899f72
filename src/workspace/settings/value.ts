/** Values given as text, on the command line or in the environment, by the type that the schema asks for. */
import type {SettingKey} from './schema.ts';
import type {Plain} from './toml/data.ts';
import {parseToml} from './toml/read.ts';

const SWITCHES: Record<string, boolean> = {true: true, '1': true, false: false, '0': false};

/** The value of a text; undefined when it is not of this type. Booleans are true, false, 1 and 0. */
export function parseScalar(text: string, type: SettingKey['type']): Plain | undefined {
  if (type === 'string') return text;
  const trimmed = text.trim();
  if (type === 'boolean') return Object.hasOwn(SWITCHES, trimmed) ? SWITCHES[trimmed] : undefined;
  if (type === 'array') return parseArray(trimmed);
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : undefined;
}

/** An array is written as in TOML: `["a", "b"]`. */
function parseArray(text: string): Plain | undefined {
  try {
    const data = parseToml(`value = ${text}`, 'value');
    return Object.keys(data).length === 1 ? data['value'] : undefined;
  } catch {
    return undefined;
  }
}
