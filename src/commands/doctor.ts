import {resolve} from 'node:path';
import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base-command.ts';
import {terminal} from '../cli/terminal.ts';
import {CosmosError, EXIT} from '../errors.ts';
import {systemNow} from '../platform/clock.ts';
import {unlessInterrupted} from '../platform/interrupt.ts';
import {workingFolder} from '../platform/working-folder.ts';
import {renderDoctor} from '../views/doctor.ts';
import {examineGround, type GroundReport} from '../workspace/doctor/doctor.ts';
import {describeMachine, type Machine} from '../workspace/doctor/machine.ts';

export default class Doctor extends BaseCommand {
  static override summary =
    'Test whether cosmos can keep its promises on the disk under a workspace. Exit code 1 when it cannot.';
  static override description =
    'Tries what cosmos relies on in a folder that is removed afterwards: names that are taken once, files that are replaced in one step, hard links, what outlives a power cut, locks between two processes, shared copies, upper and lower case, times, free space; and says whether it is a network filesystem, where cosmos refuses to work. What was found is recorded in storage/ground.json, and decides how blobs get their names. Without a workspace, the folder where you are is tried.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> /media/usb-disk',
  ];
  static override args = {
    dir: Args.string({description: 'a folder, workspace or not; by default the workspace where you are'}),
  };

  async run(): Promise<(GroundReport & {machine: Machine}) | null> {
    const {args, flags} = await this.parse(Doctor);
    const folder =
      args.dir === undefined ? await this.#rootOrHere(flags) : resolve(workingFolder(), args.dir);
    const report = await unlessInterrupted((signal) => examineGround(folder, {now: systemNow, signal}));
    if (!report) {
      this.endWith(EXIT.interrupted);
      return null;
    }
    const whole = {...report, machine: await describeMachine()};
    this.print(renderDoctor(whole, terminal()));
    if (!report.isFit) this.endWith(EXIT.failure);
    return whole;
  }

  /** A workspace that was named must be one. */
  async #rootOrHere(flags: {workspace?: string | undefined}): Promise<string> {
    try {
      return await this.findRoot(flags);
    } catch (error) {
      const isNamed = flags.workspace !== undefined || (process.env['COSMOS_WORKSPACE'] ?? '') !== '';
      if (isNamed || !(error instanceof CosmosError) || error.code !== 'workspace.missing') throw error;
      return workingFolder();
    }
  }
}
