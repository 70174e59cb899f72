/** What Python does differently from JavaScript with texts, files and JSON, in the words that it complains in. */
import {readFileSync} from 'node:fs';

/** Ends a stand-in with an exit code. */
export class Stop extends Error {
  constructor(rc) {
    super(`ends with ${rc}`);
    this.rc = rc;
  }
}

/** An exception that nothing in the program catches: `type: message` is the last line of its traceback. */
export class Uncaught extends Error {}

/** The settings of a stand-in are variables, or files in the working directory. */
export function setting(name) {
  if (process.env[name] !== undefined) return process.env[name];
  try {
    return readFileSync(name, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** open(path).read(): UTF-8 or nothing. */
export function readText(path) {
  let bytes;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (error.code === 'EISDIR')
      throw new Uncaught(`IsADirectoryError: [Errno 21] Is a directory: '${path}'`);
    throw new Uncaught(`FileNotFoundError: [Errno 2] No such file or directory: '${path}'`);
  }
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
  } catch {
    throw new Uncaught("UnicodeDecodeError: 'utf-8' codec can't decode byte: invalid start byte");
  }
}

/** str.splitlines(): more characters end a line there than in JSON Lines. */
export function splitLines(text) {
  const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** `for line in file`. */
export function fileLines(text) {
  const lines = text.split(/\r\n|[\n\r]/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** json.loads() */
export function loadJson(text) {
  const complaint = (message) => new Uncaught(`json.decoder.JSONDecodeError: ${message}`);
  if (text.startsWith('\ufeff'))
    throw complaint('Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)');
  if (text.trim() === '') throw complaint('Expecting value: line 1 column 1 (char 0)');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw complaint(error.message);
  }
}

/** repr() of what JSON can hold. */
export function repr(value) {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
    return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
  }
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, member]) => `${repr(key)}: ${repr(member)}`)
      .join(', ')}}`;
  return String(value);
}

export function typeName(value) {
  if (value === null || value === undefined) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return {string: 'str', boolean: 'bool', object: 'dict'}[typeof value];
}

/** float() of a text; undefined where Python raises. */
export function toFloat(text) {
  const isNumber = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(text);
  return isNumber ? Number(text) : undefined;
}

export const isDict = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
