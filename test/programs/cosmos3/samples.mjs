/** The spec files of Cosmos 3: JSON or JSON Lines; paths begin in the folder of the file. */
import {basename, dirname, extname, resolve} from 'node:path';
import {Invalid} from '../shared/pydantic.mjs';
import {isDict, loadJson, readText, repr, splitLines, typeName, Uncaught} from '../shared/python.mjs';
import {sampleModel} from './rules.mjs';

/**
 * @param {string[]} paths
 * @returns {{raw: object, sample: object}[]}
 */
export function loadSamples(paths, {overrides = {}, cwd = process.cwd()} = {}) {
  const names = new Set();
  return paths.flatMap((path) => {
    const absolute = resolve(cwd, path);
    const stem = basename(path, extname(path));
    return readObjects(absolute).map((raw, index) => {
      const sample = check(merge(raw, overrides), absolute, index);
      sample.name ??= extname(path) === '.jsonl' ? `${stem}_${index}` : stem;
      if (names.has(sample.name)) throw new Uncaught(`ValueError: Duplicate name: '${sample.name}'`);
      names.add(sample.name);
      return {raw, sample};
    });
  });
}

function readObjects(path) {
  const text = readText(path);
  switch (extname(path)) {
    case '.json':
      return [loadJson(text)];
    case '.jsonl':
      return splitLines(text)
        .filter((line) => line !== '')
        .map(loadJson);
    case '.yaml':
    case '.yml':
      throw new Uncaught('RuntimeError: this stand-in reads no YAML; Cosmos 3 does');
    default:
      throw new Uncaught(`ValueError: Unsupported file extension: ${path}`);
  }
}

function merge(base, overrides) {
  if (!isDict(base)) throw new Uncaught(`AttributeError: '${typeName(base)}' object has no attribute 'copy'`);
  return {...base, ...overrides};
}

function check(data, path, index) {
  try {
    return sampleModel(data, {folder: dirname(path)});
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    throw new Uncaught(
      `ValueError: Error validating parameters from '${path}' at sample ${index}\nParameters: ${repr(data)}\n${error.message}`,
    );
  }
}
