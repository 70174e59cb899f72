/** Options as tyro reads them, with its boxes. A table maps names in --kebab-case to what they take. */
import {toFloat} from './python.mjs';

export const flag = (value = false) => ({kind: 'flag', value});
/** A switch that may also be unset takes its value as a word. */
export const choice = (choices, value = null) => ({kind: 'choice', choices, value});
export const maybeBool = () => choice(['None', 'True', 'False']);
export const word = (value = null) => ({kind: 'text', value});
export const int = (value = null) => ({kind: 'int', value});
export const float = (value = null) => ({kind: 'float', value});
export const words = (value = null) => ({kind: 'list', value});
export const required = (option, alias) => ({...option, isRequired: true, alias});

/** What tyro prints before it ends with 2. */
export class TyroError extends Error {
  constructor(title, lines, program) {
    super(box(title, [...lines, RULE, `For full helptext, run ${program} --help`]));
  }
}

const WIDTH = 80;
const RULE = '─'.repeat(WIDTH - 4);

function box(title, lines) {
  const row = (line) => `│ ${line.padEnd(WIDTH - 4)} │`;
  return [
    `╭─ ${title} ${'─'.repeat(Math.max(0, WIDTH - 5 - title.length))}╮`,
    ...lines.flatMap((line) => line.match(new RegExp(`.{1,${WIDTH - 4}}`, 'gs')) ?? ['']).map(row),
    `╰${'─'.repeat(WIDTH - 2)}╯`,
  ].join('\n');
}

export function parse(program, options, given) {
  const values = Object.fromEntries(Object.entries(options).map(([name, {value}]) => [name, value ?? null]));
  const byWord = new Map(
    Object.entries(options).flatMap(([name, option]) => [
      [`--${name}`, name],
      ...(option.alias ? [[option.alias, name]] : []),
    ]),
  );
  const unknown = [];
  const left = [...given];
  const invalid = (name, complaint) => {
    throw new TyroError('Parsing error', [`Error parsing --${name}: ${complaint}`], program);
  };
  while (left.length > 0) {
    const typed = left.shift();
    const [, head, inline] = /^(--?[^=]+)(?:=(.*))?$/s.exec(typed) ?? [null, typed];
    const name = byWord.get(head);
    const negated = head.startsWith('--no-') ? byWord.get(`--${head.slice(5)}`) : undefined;
    if (name === undefined && negated !== undefined && options[negated].kind === 'flag') {
      values[negated] = false;
    } else if (name === undefined) {
      unknown.push(typed);
    } else if (options[name].kind === 'flag') {
      if (inline !== undefined) invalid(name, `ignored explicit argument '${inline}'`);
      values[name] = true;
    } else {
      const taken = take(options[name], inline, left);
      if (taken.length === 0) invalid(name, 'expected at least one argument');
      values[name] = convert(name, options[name], taken, invalid);
    }
  }
  if (unknown.length > 0)
    throw new TyroError('Unrecognized options', [`Unrecognized options: ${unknown.join(' ')}`], program);
  const missing = Object.entries(options).filter(
    ([name, {isRequired}]) => isRequired && values[name] === null,
  );
  if (missing.length > 0)
    throw new TyroError(
      'Required options',
      [
        `The following arguments are required: ${missing.map(([name, {alias}]) => [alias, `--${name}`].filter(Boolean).join('/')).join(', ')}`,
      ],
      program,
    );
  return values;
}

const isOption = (value) => /^-(?!\d|\.\d|$)/.test(value);

function take({kind}, inline, left) {
  if (inline !== undefined) return [inline];
  const taken = [];
  const most = {list: Infinity, pair: 2}[kind] ?? 1;
  while (taken.length < most && left.length > 0 && !isOption(left[0])) taken.push(left.shift());
  return taken;
}

function convert(name, {kind, choices}, taken, invalid) {
  const [value] = taken;
  if (kind === 'list') return taken;
  if (value === 'None' && kind !== 'text') return null;
  if (kind === 'choice') {
    if (!choices.includes(value))
      invalid(
        name,
        `invalid choice: '${value}' (choose from ${choices.map((each) => `'${each}'`).join(', ')})`,
      );
    return value === 'True' ? true : value === 'False' ? false : value;
  }
  const numbers = taken.map((each) => (kind === 'text' ? each : toFloat(each)));
  for (const [index, number] of numbers.entries()) {
    const isWrong =
      number === undefined || (kind !== 'text' && kind !== 'float' && !Number.isInteger(number));
    if (isWrong) invalid(name, `invalid ${kind === 'float' ? 'float' : 'int'} value: '${taken[index]}'`);
  }
  return kind === 'pair' ? numbers : numbers[0];
}

/** `num_steps` of a spec is `--num-steps` on the command line. */
export const toKebab = (name) => name.replaceAll('_', '-');

/** The options that were given, under the names that they have in a spec. */
export function overridesOf(values, names) {
  return Object.fromEntries(
    names
      .map((name) => [name, values[toKebab(name)]])
      .filter(([, value]) => value !== null && value !== undefined),
  );
}
