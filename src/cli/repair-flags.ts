/** What `repair` and `verify --repair` have in common. */
import * as Flags from '@oclif/core/flags';

/** @param dependsOn flags without which these mean nothing */
export function repairFlags(dependsOn: string[] = []) {
  return {
    from: Flags.string({
      description:
        'look in this folder too: a copy of a workspace or of its storage, or any files; may be given again',
      helpValue: 'FOLDER',
      multiple: true,
      dependsOn,
    }),
    offline: Flags.boolean({description: 'ask no target for a repair', dependsOn}),
  };
}
