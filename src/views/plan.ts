/** What `cosmos run --dry-run` shows: everything that a real one would do. */
import type {Prepared} from '../workspace/start-run.ts';
import {formatBytes, plural} from './format.ts';
import type {LineOptions} from './lines.ts';
import {parameterLines} from './parameters.ts';
import {cleanLine, cleanLines} from './text.ts';

export function renderPlan({modelName, target, planned, after}: Prepared, options: LineOptions): string {
  const {normal, spec, plan, inputs} = planned;
  const total = inputs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0);
  const lines = [
    `Would run ${modelName} on ${target.name}${normal.kind === 'preview' ? ' (no model runs; the prompt is recorded, not rendered)' : ''}`,
    ...(after.length === 0 ? [] : [`After: ${after.join(', ')}`]),
    `Scene: ${cleanLine(normal.scene?.name ?? 'none')}`,
    `Prompt: ${cleanLines(normal.prompt?.text ?? 'none').join('\n  ')}`,
    'Parameters (weights as --weights takes them, all others as --set does):',
    ...parameterLines(normal.parameters, options),
    `Inputs (${plural(inputs.length, 'file')}, ${formatBytes(total)}):`,
    ...inputs.map(({name, role, sizeBytes}) => `  ${name}  ${role}  ${formatBytes(sizeBytes)}`),
    'Expected outputs:',
    ...plan.outputs.map(({name, role, isRequired}) => `  ${name}  ${role}${isRequired ? '' : ' (optional)'}`),
    'Command:',
    `  ${cleanLine(plan.argv.join(' '))}`,
    'Spec:',
    ...JSON.stringify(spec, null, 2)
      .split('\n')
      .map((line) => `  ${line}`),
    'Nothing was started.',
  ];
  return lines.join('\n');
}
