/**
 * One layer for each source of settings: its data in the shape of a settings file, and where each value stands. A layer
 * says what it holds; which layer wins is decided in merge.ts.
 */
import {CosmosError} from '../../errors.ts';
import type {Finding} from './findings.ts';
import {toProblems} from './findings.ts';
import {parseKey} from './keys.ts';
import type {SchemaNode, SettingKey} from './schema.ts';
import {findErrors, listKeys} from './schema.ts';
import {formatKey} from './toml/format.ts';
import type {Plain, Table} from './toml/data.ts';
import {makeTable, setValue} from './toml/data.ts';
import type {TomlFile} from './toml/read.ts';
import {readTomlFile} from './toml/read.ts';
import type {Path} from './toml/scan.ts';
import type {Origin} from './types.ts';
import {parseScalar} from './value.ts';

export interface Layer {
  data: Table;
  origin(path: Path): Origin;
  /** Mistakes found while reading, before the schema is asked. */
  findings: Finding[];
}

/** A settings file; an empty layer when there is none. A file that cannot be read or parsed becomes a finding. */
export async function readFileLayer(layer: 'workspace' | 'user', path: string | undefined): Promise<Layer> {
  const findings: Finding[] = [];
  let file: TomlFile | undefined;
  try {
    file = path === undefined ? undefined : await readTomlFile(path);
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error;
    findings.push(toFinding(error));
  }
  const origin = (at: Path): Origin => ({layer, ...(file ? {file: file.file, line: file.lineOf(at)} : {})});
  return {data: file?.data ?? makeTable(), origin, findings};
}

function toFinding(error: CosmosError): Finding {
  const {file, line, reason} = error.facts as {file: string; line?: number; reason: string};
  return {
    where: line === undefined ? file : `${file} line ${line}`,
    message: reason,
    file,
    ...(line === undefined ? {} : {line}),
    ...(error.hint === undefined ? {} : {hint: error.hint}),
  };
}

/** Environment variables of the scalar keys. An empty variable counts as not set; other COSMOS_ variables are not read. */
export function makeEnvironmentLayer(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly SettingKey[],
): Layer {
  const layer: Layer = {data: makeTable(), findings: [], origin: (path) => originOf(path)};
  const originOf = (path: Path): Origin => {
    const variable = known.find((each) => each.path.join('.') === path.join('.'))?.variable;
    return {layer: 'environment', ...(variable === undefined ? {} : {variable})};
  };
  for (const {path, variable, type} of known) {
    const text = variable === undefined ? undefined : env[variable];
    if (text !== undefined && text !== '') setValue(layer.data, path, parseScalar(text, type) ?? text);
  }
  return layer;
}

/** Flags, by dotted key. */
export function makeFlagLayer(flags: Readonly<Record<string, unknown>>): Layer {
  const data = makeTable();
  for (const [key, value] of Object.entries(flags)) {
    if (value !== undefined) setValue(data, parseKey(key), value as Plain);
  }
  return {data, findings: [], origin: () => ({layer: 'flag'})};
}

/** Everything that is wrong in a layer, in the order of its lines. */
export async function findMistakes(layer: Layer, schema: SchemaNode): Promise<Finding[]> {
  const problems = toProblems(await findErrors(layer.data), layer.data, listKeys(schema));
  const findings = problems.map(({path, message}) => place(layer.origin(path), path, message));
  return [...layer.findings, ...findings.sort((a, b) => (a.line ?? 0) - (b.line ?? 0))];
}

function place({layer, ...origin}: Origin, path: Path, message: string): Finding {
  return {where: nameOf({layer, ...origin}), key: formatKey(path), message, ...origin};
}

function nameOf(origin: Origin): string {
  if (origin.variable !== undefined) return `environment variable ${origin.variable}`;
  return origin.file === undefined ? origin.layer : `${origin.file} line ${origin.line ?? 1}`;
}
