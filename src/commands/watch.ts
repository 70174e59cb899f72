import * as Flags from '@oclif/core/flags';
import {RunCommand} from '../cli/run-command.ts';
import {describeEvent, watchRuns} from '../cli/watch-runs.ts';
import {plural} from '../views/format.ts';
import {withInterrupt} from '../platform/interrupt.ts';

export default class Watch extends RunCommand {
  static override summary = 'Carry every run on without anybody looking: one line for each event.';
  static override description =
    'Brings home what has ended, on every target, until it is told to stop (Ctrl-C, SIGTERM). With --json each event is one line of JSON.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --until-idle --json',
  ];
  static override flags = {
    target: Flags.string({description: 'only runs on this target'}),
    'until-idle': Flags.boolean({description: 'end when no run is open'}),
  };

  async run(): Promise<void> {
    const {flags} = await this.parse(Watch);
    await this.inWorkspace(flags, async (workspace) => {
      const context = this.makeRunner(workspace, this.makeTargets(workspace, {isQuiet: true}));
      const open = workspace.index.listActiveRuns().length;
      if (!this.jsonEnabled()) this.tell(`${plural(open, 'run')} open. Ctrl-C leaves; the runs go on.`);
      await withInterrupt((signal) =>
        watchRuns(context, {
          signal,
          target: flags.target,
          isUntilIdle: flags['until-idle'],
          onEvent: (event) => this.log(this.jsonEnabled() ? JSON.stringify(event) : describeEvent(event)),
        }),
      );
    });
  }

  /** The events are the output: there is no document at the end, unless something went wrong. */
  override logJson(json: unknown): void {
    if (json !== undefined) super.logJson(json);
  }

  override log(line = ''): void {
    process.stdout.write(`${line}\n`);
  }
}
