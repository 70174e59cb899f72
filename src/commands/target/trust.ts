import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {confirmByTyping} from '../../cli/confirm.ts';
import {TargetCommand} from '../../cli/target-command.ts';
import {targetOptions} from '../../cli/target-options.ts';
import {CosmosError} from '../../errors.ts';
import {scanHostKey} from '../../runner/transports/ssh/scan.ts';
import {addKnownHost} from '../../runner/transports/ssh/known-hosts-file.ts';
import {sessionOptionsOf} from '../../workspace/targets.ts';

/** Where nobody can be asked. */
const UNASKED =
  'Say --fingerprint SHA256:… with the one that the owner of the machine gave you, or --yes to accept whatever is shown.';

interface Trusted {
  name: string;
  fingerprint: string;
  isNew: boolean;
}

export default class TargetTrust extends TargetCommand {
  static override summary = 'Show the key that a target identifies itself with, and accept it.';
  static override description =
    'The key is added to your known_hosts, as ssh does. Compare the fingerprint with the one that the owner of the machine gives: whoever is between you and the machine can show a key too.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> lambda',
    '<%= config.bin %> <%= command.id %> lambda --fingerprint SHA256:2ooYqr1xBPzq…',
  ];
  static override args = {name: Args.string({description: 'name of the target', required: true})};
  static override flags = {
    fingerprint: Flags.string({description: 'accept without asking, if it is this one'}),
    yes: Flags.boolean({description: 'accept whatever key is shown'}),
  };

  async run(): Promise<Trusted> {
    const {args, flags} = await this.parse(TargetTrust);
    const {target} = await this.findTarget(flags, args.name);
    const options = sessionOptionsOf(args.name, target, targetOptions());
    const seen = await scanHostKey(options);
    const {type, fingerprint, isKnown, refusal} = seen;
    if (isKnown) {
      this.print(`${args.name} (${target.host}) is trusted already: ${type} ${fingerprint}`);
      return {name: args.name, fingerprint, isNew: false};
    }
    if (refusal) throw refusal;
    this.print(`${args.name} (${target.host}) shows this key:\n  ${type} ${fingerprint}`);
    if (flags.fingerprint !== undefined && flags.fingerprint !== fingerprint) {
      throw new CosmosError('host.unknown', 'The key is not the one that you named.', {
        hint: 'Nothing was accepted. Ask the owner of the machine for its fingerprint.',
        facts: {expected: flags.fingerprint, found: fingerprint},
      });
    }
    if (flags.fingerprint === undefined && !flags.yes)
      await confirmByTyping('Is it the right one?', 'yes', UNASKED);
    const file = await addKnownHost(seen);
    this.print(`Added to ${file}`);
    return {name: args.name, fingerprint, isNew: true};
  }
}
