/** What `cosmos diff` prints. */
import {shortId} from '../manifest/names.ts';
import {
  isSameRequest,
  type FileDifference,
  type RunDifference,
  type ValueDifference,
} from '../workspace/diff-runs.ts';
import type {ComparedOutput} from '../workspace/verify-rerun.ts';
import {formatBytes, formatDuration, plural} from './format.ts';
import {hanging, joinSections, section, type LineOptions} from './lines.ts';
import {describeBoth} from './rerun.ts';
import {cleanLine} from './text.ts';

/** @param pictures of the outputs of both, where they were compared */
export function renderDiff(
  difference: RunDifference,
  options: LineOptions,
  pictures: readonly ComparedOutput[] = [],
): string {
  const {a, b, facts, parameters, spec, inputs, outputs} = difference;
  const alsoInSpec = new Set(parameters.map(({path}) => path.replace(/^weights\./, '')));
  const others = spec.filter(({path}) => !alsoInSpec.has(path.split('.')[0] ?? ''));
  return joinSections([
    [`a ${shortId(a)}   b ${shortId(b)}`],
    isSameRequest(difference) ? ['The same was asked for, with the same inputs.'] : [],
    section(
      'Facts',
      facts.flatMap((each) => valueLines(each, options)),
      options,
    ),
    section(
      'Parameters',
      parameters.flatMap((each) => valueLines(each, options)),
      options,
    ),
    section(
      'Spec',
      others.flatMap((each) => valueLines(each, options)),
      options,
    ),
    section('Inputs', fileLines(inputs), options),
    section('Outputs', fileLines(outputs), options),
    section('What came out of b, against a', pictures.map(pictureLine), options),
  ]).join('\n');
}

function valueLines({path, a, b}: ValueDifference, options: LineOptions): string[] {
  return [
    cleanLine(path),
    ...hanging('  a  ', textOf(path, a), 2, options),
    ...hanging('  b  ', textOf(path, b), 2, options),
  ];
}

function textOf(path: string, value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (path === 'durationMs' && typeof value === 'number') return formatDuration(value);
  return typeof value === 'string' ? cleanLine(value) : JSON.stringify(value);
}

/** Files that are the same are only counted. */
function fileLines(files: readonly FileDifference[]): string[] {
  const same = files.filter(({state}) => state === 'same').length;
  return [
    ...files
      .filter(({state}) => state !== 'same')
      .map(({name, state, a, b}) => `${cleanLine(name)}  ${state}  ${sizes(a?.size, b?.size)}`),
    ...(same > 0 ? [`${plural(same, 'file')} the same`] : []),
  ];
}

function pictureLine(output: ComparedOutput): string {
  const {name, state} = output;
  if (state === 'missing' || state === 'new')
    return `${cleanLine(name)}  only in ${state === 'new' ? 'b' : 'a'}`;
  return `${cleanLine(name)}  ${state === 'same' ? 'the same bytes' : describeBoth(output)}`;
}

function sizes(a: number | undefined, b: number | undefined): string {
  return [a, b].map((size) => (size === undefined ? 'none' : formatBytes(size))).join(' / ');
}
