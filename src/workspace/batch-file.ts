/**
 * Files that ask for several runs, one a line or table: JSONL, TOML with `[[run]]`, or CSV with a header. What a field means is
 * the same in all of them.
 */
import {readFile} from 'node:fs/promises';
import {extname} from 'node:path';
import {CosmosError} from '../errors.ts';
import {readGivenFile} from '../platform/given-file.ts';
import {isObject, jsonOrText, type Json} from '../runner/json.ts';

export interface BatchItem {
  /** As a person finds it in the file: `line 3`, `run 2`. */
  where: string;
  fields: Json;
}

const SHAPES =
  'Nothing was started. A batch file is JSONL ({"prompt": "snow", "seed": 2} in each line), TOML with [[run]] tables, or CSV whose first line names the fields.';

const HINT = 'Nothing was started. Give a batch file that is there and that your user may read.';

/** @throws CosmosError file.unreadable, input.invalid */
export async function readBatchFile(path: string): Promise<BatchItem[]> {
  const text = await readGivenFile(path, HINT, () => readFile(path, 'utf8'));
  const items = await parse(path, text.replace(/^\uFEFF/, ''));
  if (items.length > 0) return items;
  throw invalid(`${path} asks for no run.`, path);
}

function parse(path: string, text: string): BatchItem[] | Promise<BatchItem[]> {
  switch (extname(path).toLowerCase()) {
    case '.jsonl':
    case '.ndjson':
      return parseJsonl(path, text);
    case '.toml':
      return parseTomlRuns(path, text);
    case '.csv':
      return parseCsv(path, text);
    default:
      throw invalid(`${path} is no batch file by its ending.`, path);
  }
}

function parseJsonl(path: string, text: string): BatchItem[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const where = `line ${index + 1}`;
    try {
      const fields: unknown = JSON.parse(line);
      if (isObject(fields)) return [{where, fields}];
    } catch (error) {
      throw invalid(`${path}, ${where}: it is not JSON.`, path, error);
    }
    throw invalid(`${path}, ${where}: it is JSON, but not a JSON object.`, path);
  });
}

async function parseTomlRuns(path: string, text: string): Promise<BatchItem[]> {
  const {parse: parseToml} = await import('smol-toml');
  let data: Json;
  try {
    data = parseToml(text);
  } catch (error) {
    throw invalid(`${path} is not TOML: ${wordsOf(error)}.`, path, error);
  }
  const {run: runs} = data;
  if (!Array.isArray(runs)) throw invalid(`${path} has no [[run]] table.`, path);
  return runs.map((fields: unknown, index) => ({where: `run ${index + 1}`, fields: plain(fields)}));
}

/** smol-toml's tables have no prototype. */
function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** An empty cell says nothing. A cell that is JSON is that, any other a text. */
async function parseCsv(path: string, text: string): Promise<BatchItem[]> {
  const {parse: parseRecords} = await import('csv-parse/sync');
  try {
    const options = {columns: true, info: true, trim: true, skip_empty_lines: true} as const;
    const records = parseRecords(text, options) as unknown as {
      record: Record<string, string>;
      info: {lines: number};
    }[];
    return records.map(({record, info}) => ({where: `line ${info.lines}`, fields: fieldsOf(record)}));
  } catch (error) {
    throw invalid(`${path} is not CSV: ${wordsOf(error)}.`, path, error);
  }
}

function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

/** Cells that are texts even when they look like something else. */
const TEXTS = ['prompt', 'negative', 'source', 'model', 'target', 'name', 'resolution'];

function fieldsOf(record: Record<string, string>): Json {
  const given = Object.entries(record).filter(([, text]) => text !== '');
  return Object.fromEntries(given.map(([key, text]) => [key, TEXTS.includes(key) ? text : jsonOrText(text)]));
}

function invalid(message: string, path: string, cause?: unknown): CosmosError {
  return new CosmosError('input.invalid', message, {hint: SHAPES, cause, facts: {path}});
}
