/** The batch file of cosmos-transfer1: one JSON object in each line, laid over the controls of the spec. */
import {fileLines, isDict, loadJson, readText, Uncaught} from '../shared/python.mjs';

/**
 * @returns {{prompt: unknown, video: unknown, overrides: object}[]}
 * @throws Uncaught also for a blank line, which is no JSON
 */
export function readBatch(path) {
  return fileLines(readText(path)).map((line) => {
    const item = loadJson(line);
    if (!isDict(item)) throw new Uncaught(`AttributeError: '${typeof item}' object has no attribute 'get'`);
    return {
      prompt: item.prompt ?? null,
      video: item.visual_input ?? null,
      overrides: item.control_overrides ?? {},
    };
  });
}

/** A line changes members of the controls that the spec has; it can add none and remove none. */
export function applyOverrides(controls, overrides, log) {
  const own = structuredClone(controls);
  if (!isDict(overrides))
    throw new Uncaught(`AttributeError: '${typeof overrides}' object has no attribute 'items'`);
  for (const [hint, override] of Object.entries(overrides)) {
    if (!(hint in own)) {
      log(`Ignoring unknown control key in override: ${hint}`, {level: 'WARNING'});
      continue;
    }
    if (!isDict(override)) throw new Uncaught("TypeError: 'NoneType' object is not iterable");
    Object.assign(own[hint], override);
  }
  return own;
}

/** The items in portions of the batch size. */
export function portion(items, size) {
  const portions = [];
  for (let start = 0; start < items.length; start += size)
    portions.push({start, items: items.slice(start, start + size)});
  return portions;
}
