import {resolve} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base-command.ts';
import {terminal} from '../cli/terminal.ts';
import {followRun} from '../cli/follow-run.ts';
import {parseSettings, parseWeights} from '../cli/run-flags.ts';
import {EXIT} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {workingFolder} from '../platform/working-folder.ts';
import type {PlannedRun} from '../runner/create.ts';
import {isTerminal} from '../runner/transitions.ts';
import {findView} from '../runner/view.ts';
import {renderEnded} from '../views/run-ended.ts';
import {renderPlan} from '../views/plan.ts';
import {makeRunner} from '../workspace/runner.ts';
import {prepareRun, startRun} from '../workspace/start-run.ts';
import type {Workspace} from '../workspace/workspace.ts';

export default class Run extends BaseCommand {
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
    model: Flags.string({char: 'm', description: 'preview, or a model of cosmos.toml'}),
    weights: Flags.string({
      char: 'w',
      description: 'weight of each control, as in vis=.25,edge=.5; controls that are not named get 0',
    }),
    set: Flags.string({
      description: 'a parameter of the model, as key=value',
      multiple: true,
      multipleNonGreedy: true,
    }),
    seed: Flags.integer({description: 'seed of the random numbers'}),
    name: Flags.string({description: 'a name for the run'}),
    detach: Flags.boolean({char: 'd', description: 'return as soon as the job has started'}),
    'dry-run': Flags.boolean({char: 'n', description: 'check everything and show what would be done'}),
  };

  async run(): Promise<RunDocument | PlannedRun> {
    const {args, flags} = await this.parse(Run);
    const request = {
      source: resolve(workingFolder(), args.source),
      prompt: flags.prompt ?? null,
      negative: flags.negative ?? null,
      model: flags.model,
      weights: parseWeights(flags.weights),
      set: parseSettings(flags.set),
      seed: flags.seed ?? null,
      name: flags.name ?? null,
    };
    return this.inWorkspace(flags, async (workspace) => {
      const prepared = await prepareRun(workspace, request);
      for (const warning of prepared.planned.normal.warnings) this.tell(`note: ${warning}`);
      if (flags['dry-run']) {
        this.print(renderPlan(prepared));
        return prepared.planned;
      }
      const runner = makeRunner(workspace, {actor: this.actor, onTrouble: (message) => this.tell(message)});
      const {run, lease} = await startRun(runner, prepared);
      this.print(
        `${run.id}  ${prepared.modelName} on ${prepared.target}${run.kind === 'preview' ? ' (no model runs; the prompt is recorded, not rendered)' : ''}`,
      );
      const last = await followRun(runner, run, lease, {
        isDetached: flags.detach,
        isQuiet: this.jsonEnabled(),
      });
      if (isTerminal(last.status)) await this.#report(workspace, last);
      return last;
    });
  }

  async #report(workspace: Workspace, run: RunDocument): Promise<void> {
    this.print(renderEnded(run, {...terminal(), viewFolder: await findView(workspace.outputs, run.id)}));
    if (run.status === 'failed') this.endWith(EXIT.runFailed);
    if (run.status === 'cancelled') this.endWith(EXIT.runCancelled);
  }
}
