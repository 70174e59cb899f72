import {resolve} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {RunCommand} from '../cli/run-command.ts';
import {followRun} from '../cli/follow-run.ts';
import {parseSettings, parseWeights} from '../cli/run-flags.ts';
import {terminal} from '../cli/terminal.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {workingFolder} from '../platform/working-folder.ts';
import type {PlannedRun} from '../runner/create.ts';
import {isTerminal} from '../runner/transitions.ts';
import {renderPlan} from '../views/plan.ts';
import {prepareRun, startRun} from '../workspace/start-run.ts';

export default class Run extends RunCommand {
  static override summary =
    'Run a model on a scene or a spec file, and bring everything that it makes into the store.';
  static override description =
    'Without --model and without a setting this makes a preview on this machine: control signals are computed, no model runs. Ctrl-C leaves; the run goes on.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/scenes/city --prompt "golden hour, warm light"',
    '<%= config.bin %> <%= command.id %> examples/scenes/city --weights vis=.1,edge=1,depth=.65,seg=.25 --dry-run',
    '<%= config.bin %> <%= command.id %> spec.json --set canny_threshold=low --detach',
  ];
  static override args = {
    source: Args.string({
      description: 'a scene (folder with color.mp4 and its passes) or a spec file',
      required: true,
    }),
  };
  static override flags = {
    prompt: Flags.string({char: 'p', description: 'what the video should show'}),
    negative: Flags.string({description: 'what it should not show'}),
    model: Flags.string({char: 'm', description: 'preview, transfer1, or a model of cosmos.toml'}),
    weights: Flags.string({
      char: 'w',
      description:
        'weight of each control, as in vis=.25,edge=.5,depth=.7,seg=.3; controls that are not named get 0',
    }),
    set: Flags.string({
      description: 'a parameter of the model, as key=value',
      multiple: true,
      multipleNonGreedy: true,
    }),
    seed: Flags.integer({description: 'seed of the random numbers'}),
    name: Flags.string({description: 'a name for the run'}),
    target: Flags.string({char: 't', description: 'where it runs: local, or a target of the settings'}),
    retries: Flags.integer({
      description: 'how often to start the job again when the machine failed it, not the request',
      min: 0,
      max: 10,
    }),
    after: Flags.string({
      description: 'start when this run has ended, however it ended; may be given several times',
      helpValue: 'ID',
      multiple: true,
      multipleNonGreedy: true,
    }),
    detach: Flags.boolean({char: 'd', description: 'return as soon as the job has started, or waits there'}),
    'dry-run': Flags.boolean({char: 'n', description: 'check everything and show what would be done'}),
  };

  async run(): Promise<RunDocument | PlannedRun> {
    const {args, flags} = await this.parse(Run);
    const request = {
      source: resolve(workingFolder(), args.source),
      prompt: flags.prompt ?? null,
      negative: flags.negative ?? null,
      model: flags.model,
      target: flags.target,
      retries: flags.retries,
      weights: parseWeights(flags.weights),
      set: parseSettings(flags.set),
      seed: flags.seed ?? null,
      name: flags.name ?? null,
      after: flags.after ?? [],
    };
    return this.inWorkspace(flags, async (workspace) => {
      const targets = this.makeTargets(workspace);
      const prepared = await prepareRun(workspace, targets, request);
      for (const warning of [...prepared.planned.normal.warnings, ...prepared.warnings])
        this.tell(`note: ${warning}`);
      if (flags['dry-run']) {
        this.print(renderPlan(prepared, terminal()));
        return prepared.planned;
      }
      const runner = this.makeRunner(workspace, targets);
      const {run, lease} = await startRun(runner, prepared);
      this.print(
        `${run.id}  ${prepared.modelName} on ${prepared.target.name}${run.kind === 'preview' ? ' (no model runs; the prompt is recorded, not rendered)' : ''}`,
      );
      const last = await followRun(runner, run, lease, {
        isDetached: flags.detach,
        isQuiet: this.jsonEnabled(),
      });
      if (isTerminal(last.status)) await this.reportRun(workspace, last);
      return last;
    });
  }
}
