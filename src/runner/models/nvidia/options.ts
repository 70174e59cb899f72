/** Parameters that go to the command line and not into the spec: checked here, as no schema knows them. */
import type {Json} from '../../json.ts';
import type {Parameter, ParameterTable} from '../parameters.ts';

const MOST_GPUS = 64;

/** Every option with its value or its default; absent ones are left out. What is wrong goes to `findings`. */
export function readOptions({parameters}: ParameterTable, asked: Json, findings: string[]): Json {
  const options: Json = {};
  for (const parameter of parameters) {
    if (!('option' in parameter.at)) continue;
    const value = asked[parameter.key] ?? parameter.default;
    if (value === undefined) continue;
    const must = wrongWith(parameter, value);
    if (must !== undefined) findings.push(`"${parameter.key}" must be ${must}`);
    options[parameter.key] = value;
  }
  return options;
}

/** What it must be; undefined when it is. */
function wrongWith({takes}: Parameter, value: unknown): string | undefined {
  if (takes === 'switch') return typeof value === 'boolean' ? undefined : 'true or false';
  if (takes === 'count') return outside(value, 1, MOST_GPUS);
  if (takes === 'port') return outside(value, 1024, 65_535);
  const choices = takes ?? [];
  return choices.some((choice) => choice === value) ? undefined : `one of ${choices.join(', ')}`;
}

function outside(value: unknown, from: number, to: number): string | undefined {
  const isInside = typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to;
  return isInside ? undefined : `a whole number from ${from} to ${to}`;
}

/** The words before the program: plain Python for one GPU, torchrun for several. */
export function torchrunWords(options: Json, spelling: '_' | '-'): [string, ...string[]] {
  const {num_gpus: gpus = 1, master_port: port} = options;
  const word = (name: string, value: unknown): string =>
    `--${name.replaceAll('_', spelling)}=${String(value)}`;
  return [
    'torchrun',
    word('nproc_per_node', gpus),
    ...(port === undefined ? [] : [word('master_port', port)]),
  ];
}
