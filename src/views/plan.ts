/** What `cosmos run --dry-run` shows: everything that a real one would do. */
import {withNext, type Prepared} from '../workspace/prepared.ts';
import {loadsOf} from '../workspace/share-loads.ts';
import {inputBytesOf, type PlannedInput, type PlannedRun} from '../runner/create.ts';
import {formatBytes, formatDuration, plural} from './format.ts';
import type {LineOptions} from './lines.ts';
import {parameterLines, valueText} from './parameters.ts';
import {renderTable, type Column} from './table.ts';
import {cleanLine, cleanLines} from './text.ts';

export function renderPlan(prepared: Prepared, options: LineOptions): string {
  const {modelName, target, planned, after, next} = prepared;
  const {normal, inputs} = planned;
  const inputLines = [
    `Inputs (${plural(inputs.length, 'file')}, ${formatBytes(inputBytesOf([planned]))}${toSend([planned])}):`,
    ...inputs.map(inputText),
  ];
  return [
    `Would run ${modelName} on ${target.name}${normal.kind === 'preview' ? ' (no model runs; the prompt is recorded, not rendered)' : ''}`,
    ...(after.length === 0 ? [] : [`After: ${after.join(', ')}`]),
    `Scene: ${cleanLine(normal.scene?.name ?? 'none')}`,
    ...planLines(prepared, inputLines, options),
    ...(next ? nextPlanLines(prepared, next, options) : []),
    'Nothing was started.',
  ].join('\n');
}

/** As far as it is known without the result. */
function nextPlanLines({planned: {plan}}: Prepared, next: Prepared, options: LineOptions): string[] {
  const inputLines = [
    `Inputs: ${plan.primaryOutput ?? 'the result'} of the run before; its size, frames and fps are seen then`,
  ];
  return [
    '',
    `Once that is completed, would run ${next.modelName} on ${next.target.name}`,
    ...planLines(next, inputLines, options),
  ];
}

function planLines(prepared: Prepared, inputLines: readonly string[], options: LineOptions): string[] {
  const {normal, spec, plan} = prepared.planned;
  return [
    `Prompt: ${cleanLines(normal.prompt?.text ?? 'none').join('\n  ')}`,
    'Parameters (weights as --weights takes them, all others as --set does):',
    ...parameterLines(normal.parameters, options),
    ...inputLines,
    ...estimateLines([prepared]),
    'Expected outputs:',
    ...plan.outputs.map(({name, role, isRequired}) => `  ${name}  ${role}${isRequired ? '' : ' (optional)'}`),
    'Command:',
    `  ${cleanLine(plan.argv.join(' '))}`,
    'Spec:',
    ...JSON.stringify(spec, null, 2)
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}

/** What it shows of several: one line for each, and what they need together. */
export function renderPlans(prepared: readonly Prepared[], options: LineOptions): string {
  const planned = prepared.map((each) => each.planned);
  const targets = [
    ...new Set(withNext(prepared).map(({modelName, target}) => `${modelName} on ${target.name}`)),
  ];
  return [
    `Would start ${plural(prepared.length, 'run')}${upscales(prepared)}: ${targets.join(', ')}`,
    renderTable(PLAN_COLUMNS, prepared, options),
    `Inputs: ${formatBytes(inputBytesOf(planned))}, each file once${toSend(planned)}`,
    ...loadLines(prepared),
    ...estimateLines(withNext(prepared)),
    'Nothing was started. Leave --dry-run out to start them.',
  ].join('\n');
}

function upscales(prepared: readonly Prepared[]): string {
  const count = prepared.filter(({next}) => next !== undefined).length;
  return count === 0 ? '' : `, and ${plural(count, 'upscale')} of their results`;
}

function inputText({name, role, sizeBytes, isThere}: PlannedInput): string {
  return `  ${name}  ${role}  ${formatBytes(sizeBytes)}${isThere === true ? '  (there already)' : ''}`;
}

/** Of what a target with an input cache lacks. */
function toSend(planned: readonly PlannedRun[]): string {
  if (planned.every(({inputs}) => inputs.every(({isThere}) => isThere === undefined))) return '';
  const lacking = planned.map((each) => ({
    ...each,
    inputs: each.inputs.map((input) => (input.isThere === true ? {...input, sizeBytes: 0} : input)),
  }));
  return `, ${formatBytes(inputBytesOf(lacking))} to send`;
}

/** What is saved by runs that load the model together; nothing where none do. */
function loadLines(prepared: readonly Prepared[]): string[] {
  const loads = loadsOf(prepared);
  if (loads.length === 0) return [];
  const loading = prepared.filter(({sharing}) => sharing !== undefined).length;
  const saved = loads.reduce((sum, members) => sum + members.length - 1, 0);
  return [
    `Loads of the model: ${loading - saved} instead of ${loading}, as these runs would share one (--no-share: each its own)`,
    ...loads.map((members) => `  ${plural(members.length, 'run')}: ${members.map(labelOf).join(', ')}`),
  ];
}

function labelOf({batch, planned}: Prepared): string {
  const scene = planned.normal.scene?.name;
  return cleanLine(
    batch?.label ?? `${scene === undefined ? '' : `${scene} with `}seed ${parameterText(planned, 'seed')}`,
  );
}

/** Said only when there is history for every run, and a price for what costs something. */
function estimateLines(prepared: readonly Prepared[]): string[] {
  const times = prepared.flatMap(({estimatedMs}) => estimatedMs ?? []);
  const [first] = prepared;
  if (times.length < prepared.length || !first) return [];
  const total = times.reduce((sum, ms) => sum + ms, 0);
  const {price} = first.target;
  const isOne = prepared.every(({target}) => target.name === first.target.name);
  const cost =
    price && isOne ? `, about ${((total / HOUR_MS) * price.perHour).toFixed(2)} ${price.currency}` : '';
  return [`Estimate: about ${formatDuration(total)} of work, by what earlier runs of the model took${cost}`];
}

const HOUR_MS = 3_600_000;

const PLAN_COLUMNS: Column<Prepared>[] = [
  {
    title: 'ITEM',
    priority: 1,
    maxWidth: 40,
    cell: ({batch, planned}) => batch?.label ?? planned.normal.scene?.name ?? '',
  },
  {title: 'MODEL', priority: 3, maxWidth: 16, cell: ({modelName}) => modelName},
  {title: 'SEED', priority: 2, isNumber: true, cell: ({planned}) => parameterText(planned, 'seed')},
  {title: 'WEIGHTS', priority: 4, maxWidth: 40, cell: ({planned}) => parameterText(planned, 'weights')},
  {
    title: 'PROMPT',
    priority: 2,
    isFlexible: true,
    minWidth: 10,
    goodWidth: 14,
    cell: ({planned}) => planned.normal.prompt?.text ?? '',
  },
];

function parameterText({normal}: Prepared['planned'], name: string): string {
  const value = normal.parameters[name];
  return value === undefined ? '' : valueText(name, value);
}
