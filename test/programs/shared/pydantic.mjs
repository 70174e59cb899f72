/**
 * Validation as pydantic 2 does it, with its words. A type is a function from a value and a context ({folder}: where relative
 * paths begin) to the value that the model gets; it throws a Fault, or an Invalid with many.
 */
import {statSync} from 'node:fs';
import {homedir} from 'node:os';
import {isAbsolute, join, resolve} from 'node:path';
import {isDict, repr, toFloat, typeName} from './python.mjs';

export class Fault extends Error {
  constructor(type, message) {
    super(message);
    this.type = type;
  }
}

/** ValidationError */
export class Invalid extends Error {
  constructor(model, errors) {
    super(format(model, errors));
    this.errors = errors;
  }
}

function format(model, errors) {
  const blocks = errors.map(({loc, type, message, input}) => {
    const shown = repr(input);
    const value = shown.length > 50 ? `${shown.slice(0, 25)}...${shown.slice(-24)}` : shown;
    return `${loc.length > 0 ? `${loc.join('.')}\n` : ''}  ${message} [type=${type}, input_value=${value}, input_type=${typeName(input)}]\n    For further information visit https://errors.pydantic.dev/2.11/v/${type}`;
  });
  return `${errors.length} validation error${errors.length === 1 ? '' : 's'} for ${model}\n${blocks.join('\n')}`;
}

export function text(value) {
  if (typeof value !== 'string') throw new Fault('string_type', 'Input should be a valid string');
  return value;
}

/** Texts of digits and true become integers; 3.5 does not. */
export function int({from, to, above} = {}) {
  return (value) => {
    let number = value;
    if (typeof value === 'boolean') number = Number(value);
    else if (typeof value === 'string') {
      if (!/^\s*[+-]?\d+(?:\.0+)?\s*$/.test(value))
        throw new Fault(
          'int_parsing',
          'Input should be a valid integer, unable to parse string as an integer',
        );
      number = Number(value);
    } else if (typeof value !== 'number') throw new Fault('int_type', 'Input should be a valid integer');
    if (!Number.isInteger(number))
      throw new Fault(
        'int_from_float',
        'Input should be a valid integer, got a number with a fractional part',
      );
    return bound(number, {from, to, above});
  };
}

export function float({from, to, above} = {}) {
  return (value) => {
    let number = value;
    if (typeof value === 'boolean') number = Number(value);
    else if (typeof value === 'string') {
      number = toFloat(value);
      if (number === undefined)
        throw new Fault(
          'float_parsing',
          'Input should be a valid number, unable to parse string as a number',
        );
    } else if (typeof value !== 'number') throw new Fault('float_type', 'Input should be a valid number');
    return bound(number, {from, to, above});
  };
}

function bound(number, {from, to, above}) {
  if (above !== undefined && !(number > above))
    throw new Fault('greater_than', `Input should be greater than ${above}`);
  if (from !== undefined && !(number >= from))
    throw new Fault('greater_than_equal', `Input should be greater than or equal to ${from}`);
  if (to !== undefined && !(number <= to))
    throw new Fault('less_than_equal', `Input should be less than or equal to ${to}`);
  return number;
}

const TRUE = ['true', '1', 't', 'yes', 'y', 'on'];
const FALSE = ['false', '0', 'f', 'no', 'n', 'off'];

export function bool(value) {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new Fault('bool_type', 'Input should be a valid boolean');
  const said = String(value).toLowerCase();
  if (TRUE.includes(said)) return true;
  if (FALSE.includes(said)) return false;
  throw new Fault('bool_parsing', 'Input should be a valid boolean, unable to interpret input');
}

export function literal(...choices) {
  const shown = choices.map(repr);
  const listed = shown.length > 1 ? `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}` : shown[0];
  return (value) => {
    if (!choices.includes(value)) throw new Fault('literal_error', `Input should be ${listed}`);
    return value;
  };
}

export const optional = (type) => (value, context) => (value === null ? null : type(value, context));

export function list(type, {length} = {}) {
  return (value, context) => {
    if (!Array.isArray(value)) throw new Fault('list_type', 'Input should be a valid list');
    if (length !== undefined && value.length !== length)
      throw new Fault('too_long', `Tuple should have ${length} items, not ${value.length}`);
    const errors = [];
    const items = value.map((item, index) => attempt(() => type(item, context), [index], item, errors));
    if (errors.length > 0) throw new Invalid('list', errors);
    return items;
  };
}

export function dict(value) {
  if (!isDict(value)) throw new Fault('dict_type', 'Input should be a valid dictionary');
  return value;
}

/** ResolvedFilePath: there when the spec is read, and absolute from then on. */
export function file(value, {folder}) {
  return existing(value, folder, ['file']);
}

export function fileOrFolder(value, {folder}) {
  return existing(value, folder, ['file', 'directory']);
}

/** ResolvedFilePathOrUrl */
export function fileOrUrl(value, {folder}) {
  if (typeof value === 'string' && /^(?:https?|s3):\/\//.test(value)) return value;
  const path = resolve(folder, expand(text(value)));
  if (kindOf(path) !== 'file')
    throw new Fault('value_error', `Value error, Path does not point to a file: ${value}`);
  return path;
}

function existing(value, folder, kinds) {
  if (typeof value !== 'string') throw new Fault('path_type', 'Input is not a valid path');
  const path = isAbsolute(value) ? value : join(folder, expand(value));
  if (!kinds.includes(kindOf(path))) throw new Fault('path_not_file', 'Path does not point to a file');
  return path;
}

const expand = (path) => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : path);

function kindOf(path) {
  try {
    const stats = statSync(path);
    return stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
  } catch {
    return 'none';
  }
}

export const field = (type, value) => ({type, value});
export const needed = (type) => ({type, isRequired: true});

/**
 * @param {string} name of the Python class
 * @param {Record<string, {type: Function, value?: unknown, isRequired?: boolean}>} fields
 * @param {{extra?: 'forbid' | 'ignore', before?: Function, after?: Function}} rules `before` may change a copy of what was
 *   given, `after` throws a Fault
 */
export function model(name, fields, {extra = 'ignore', before, after} = {}) {
  return (given, context) => {
    if (!isDict(given))
      throw new Fault('model_type', `Input should be a valid dictionary or instance of ${name}`);
    const data = before ? before({...given}, context) : given;
    const errors = [];
    const value = {};
    for (const [key, {type, value: otherwise, isRequired}] of Object.entries(fields)) {
      if (Object.hasOwn(data, key))
        value[key] = attempt(() => type(data[key], context), [key], data[key], errors);
      else if (isRequired) errors.push({loc: [key], type: 'missing', message: 'Field required', input: data});
      else value[key] = otherwise;
    }
    if (extra === 'forbid')
      for (const key of Object.keys(data).filter((each) => !Object.hasOwn(fields, each)))
        errors.push({
          loc: [key],
          type: 'extra_forbidden',
          message: 'Extra inputs are not permitted',
          input: data[key],
        });
    if (errors.length === 0 && after) attempt(() => after(value), [], data, errors);
    if (errors.length > 0) throw new Invalid(name, errors);
    return value;
  };
}

export const valueError = (message) => new Fault('value_error', `Value error, ${message}`);

function attempt(act, loc, input, errors) {
  try {
    return act();
  } catch (error) {
    if (error instanceof Fault) errors.push({loc, type: error.type, message: error.message, input});
    else if (error instanceof Invalid)
      for (const each of error.errors) errors.push({...each, loc: [...loc, ...each.loc]});
    else throw error;
    return undefined;
  }
}
