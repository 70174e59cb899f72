/** What commands that delete share: the plan is shown or carried out, and said in the same words. */
import * as Flags from '@oclif/core/flags';
import {describeDeletion, renderDeletion, renderPlannedDeletion} from '../views/deletion.ts';
import {carryOut, planDeletion, type Deletion, type NamedDocument} from '../workspace/deletion.ts';
import type {Workspace} from '../workspace/workspace.ts';
import {BaseCommand} from './base-command.ts';

export const deletionFlags = {
  'dry-run': Flags.boolean({description: 'only say what would be deleted, and what would stay'}),
};

export abstract class DeletionCommand extends BaseCommand {
  protected async deleteAll(
    workspace: Workspace,
    named: readonly NamedDocument[],
    flags: {'dry-run': boolean},
  ): Promise<Deletion> {
    const plan = await planDeletion(workspace, named);
    const described = describeDeletion(plan, workspace.index);
    if (flags['dry-run']) {
      this.print(renderPlannedDeletion(plan, described));
      return {...plan, batch: null, leftViews: []};
    }
    const deletion = await carryOut(workspace, plan);
    this.print(renderDeletion(deletion, described));
    return deletion;
  }
}
