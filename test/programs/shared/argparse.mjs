/** Options as Python's argparse reads them, with its words. A table maps names to what they take. */

export const flag = {kind: 'flag', value: false};
export const text = (value, choices) => ({kind: 'text', value, choices});
export const int = (value, choices) => ({kind: 'int', value, choices});
export const float = (value) => ({kind: 'float', value});

/** What argparse prints before it ends with 2. */
export class UsageError extends Error {}

export function parse(program, options, words) {
  const values = Object.fromEntries(Object.entries(options).map(([name, {value}]) => [name, value]));
  const seen = new Set();
  const unknown = [];
  const left = [...words];
  while (left.length > 0) {
    const word = left.shift();
    const [, typed, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const name = typed === undefined ? undefined : findName(program, options, typed);
    if (name === undefined) {
      unknown.push(word);
      continue;
    }
    seen.add(name);
    if (options[name].kind === 'flag') {
      if (inline !== undefined) fail(program, name, `ignored explicit argument '${inline}'`);
      values[name] = true;
      continue;
    }
    const value = inline ?? left.shift();
    if (value === undefined || (inline === undefined && /^-(?!\d|\.\d|$)/.test(value)))
      fail(program, name, 'expected one argument');
    values[name] = convert(program, name, options[name], value);
  }
  const missing = Object.keys(options).filter((name) => options[name].isRequired && !seen.has(name));
  if (missing.length > 0)
    throw new UsageError(
      `${program}: error: the following arguments are required: ${missing.map((name) => `--${name}`).join(', ')}`,
    );
  if (unknown.length > 0)
    throw new UsageError(`${program}: error: unrecognized arguments: ${unknown.join(' ')}`);
  return values;
}

/** argparse takes any beginning that only one option has; it does not take - for _. */
function findName(program, options, typed) {
  if (Object.hasOwn(options, typed)) return typed;
  const possible = Object.keys(options).filter((name) => name.startsWith(typed));
  if (possible.length > 1)
    throw new UsageError(
      `${program}: error: ambiguous option: --${typed} could match ${possible.map((name) => `--${name}`).join(', ')}`,
    );
  return possible[0];
}

function convert(program, name, {kind, choices}, value) {
  let converted = value;
  if (kind === 'int') {
    if (!/^\s*[+-]?\d+\s*$/.test(value)) fail(program, name, `invalid int value: '${value}'`);
    converted = Number(value);
  }
  if (kind === 'float') {
    if (!/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(value))
      fail(program, name, `invalid float value: '${value}'`);
    converted = Number(value);
  }
  // type=bool: every text but the empty one is true.
  if (kind === 'bool') converted = value !== '';
  if (choices && !choices.includes(converted)) {
    const listed = choices.map((choice) => (kind === 'int' ? String(choice) : `'${choice}'`)).join(', ');
    fail(program, name, `invalid choice: ${kind === 'int' ? value : `'${value}'`} (choose from ${listed})`);
  }
  return converted;
}

function fail(program, name, complaint) {
  throw new UsageError(`${program}: error: argument --${name}: ${complaint}`);
}
