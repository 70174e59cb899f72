/**
 * Several runs as one job. A run of kind `load` loads the model once and makes what its members ask for, each as an item of its
 * own; a member takes its part when that run has ended, and what was not made it makes by itself.
 */
import type {PlannedRun, RunParts} from '../create.ts';
import type {JobPlan, ModelInput, NormalRequest, Sharing} from '../model.ts';

/**
 * The job of all.
 * @param members of one key of the model, in the order of their items
 * @param timeoutMs what the target allows one of them; null for no limit
 */
export function joinRuns(
  sharing: Sharing,
  members: readonly PlannedRun[],
  timeoutMs: number | null,
): RunParts {
  const [first] = members;
  if (!first) throw new Error('a load has members');
  const normals = members.map(({normal}) => normal);
  const {argv, files} = sharing.join(normals, first.plan.argv);
  const most = first.plan.timeoutMs ?? timeoutMs;
  const plan: JobPlan = {
    ...first.plan,
    argv,
    outputs: outputsOf(sharing, members),
    // A member makes by itself what was not made, and may try that again.
    retries: 0,
    timeoutMs: most === null ? null : most * members.length,
    requires: Array.from(new Set(members.flatMap((member) => member.plan.requires ?? []))),
  };
  delete plan.primaryOutput;
  return {
    normal: {
      kind: 'load',
      model: first.normal.model,
      scene: normals.every(({scene}) => isSame(scene, first.normal.scene)) ? first.normal.scene : null,
      prompt: null,
      parameters: commonOf(normals),
      inputs: [...normals.flatMap(inputsOf), ...files],
    },
    plan,
  };
}

/** Below inputs/, in a folder for each item. */
export function folderOf(item: number, inputFolder: string): string {
  return `${inputFolder}/${item}`;
}

function inputsOf({inputs}: NormalRequest, index: number): ModelInput[] {
  return inputs.map((input) => ({...input, name: `${index + 1}/${input.name}`}));
}

/** None is required: each member judges its own. */
function outputsOf(sharing: Sharing, members: readonly PlannedRun[]): JobPlan['outputs'] {
  return members.flatMap(({normal, plan}, index) => {
    const item = index + 1;
    const nameThere = sharing.namesOf(normal, item);
    return plan.outputs.flatMap((output) => {
      const name = nameThere(output.name);
      if (name !== null) return [{...output, name, isRequired: false, of: {item, name: output.name}}];
      // What is made once for all stands once among them.
      return item === 1 ? [output] : [];
    });
  });
}

/** What all of them have in common. */
function commonOf([first, ...others]: readonly NormalRequest[]): Record<string, unknown> {
  const entries = Object.entries(first?.parameters ?? {});
  return Object.fromEntries(
    entries.filter(([key, value]) => others.every(({parameters}) => isSame(parameters[key], value))),
  );
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
