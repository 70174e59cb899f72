/** The spec files of cosmos-transfer2.5, as its from_files reads them: JSON or JSON Lines, paths from the folder of the file. */
import {dirname, extname, resolve} from 'node:path';
import {file, Invalid, model, field, optional, fileOrFolder} from '../shared/pydantic.mjs';
import {isDict, loadJson, readText, splitLines, typeName, Uncaught} from '../shared/python.mjs';

/** The program says it in one line and ends with 1. */
export class Refused extends Error {}

/**
 * @param {string[]} paths
 * @param {{overrides?: object, validate: Function, cwd?: string}} how
 * @returns {{raw: object, sample: object}[]}
 * @throws Refused with what is printed, Uncaught for what is not caught there
 */
export function loadSamples(paths, {overrides = {}, validate, cwd = process.cwd()}) {
  if (paths.length === 0) throw new Refused('Error: No inference parameter files');
  const said = checkOverrides(overrides, cwd);
  const samples = paths.flatMap((path) => loadFile(path, {said, validate, cwd}));
  if (samples.length === 0) throw new Refused('Error: No inference samples');
  const names = new Set();
  for (const {sample} of samples) {
    if (names.has(sample.name)) throw new Refused(`Error: Inference samplename ${sample.name} is not unique`);
    names.add(sample.name);
  }
  return samples;
}

/** Paths on the command line begin in the working directory. */
function checkOverrides(overrides, cwd) {
  const paths = {
    video_path: file,
    prompt_path: file,
    image_context_path: file,
    guided_generation_mask: fileOrFolder,
  };
  const fields = Object.fromEntries(
    Object.keys(overrides).map((name) => [name, field(paths[name] ?? optional((value) => value), null)]),
  );
  return model('InferenceArgumentsOverrides', fields)(overrides, {folder: cwd});
}

function loadFile(path, {said, validate, cwd}) {
  const whole = readText(resolve(cwd, path));
  const raws = {'.json': () => [loadJson(whole)], '.jsonl': () => splitLines(whole).map(loadJson)}[
    extname(path)
  ];
  if (raws === undefined) throw new Uncaught(`ValueError: Unsupported file extension: ${extname(path)}`);
  return raws().map((raw, line) => {
    if (!isDict(raw))
      throw new Uncaught(`TypeError: unsupported operand type(s) for |: '${typeName(raw)}' and 'dict'`);
    try {
      return {raw, sample: validate({...raw, ...said}, {folder: dirname(resolve(cwd, path))})};
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      throw new Refused(`Error validating parameters from '${path}' at line ${line}\n${error.message}`);
    }
  });
}
