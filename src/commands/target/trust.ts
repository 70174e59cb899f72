import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {confirmByTyping} from '../../cli/confirm.ts';
import {TargetCommand} from '../../cli/target-command.ts';
import {targetOptions} from '../../cli/target-options.ts';
import {CosmosError} from '../../errors.ts';
import {scanHostKey, type ScannedKey} from '../../runner/transports/ssh/scan.ts';
import {knownHostName} from '../../runner/transports/ssh/known-hosts.ts';
import {addKnownHost} from '../../runner/transports/ssh/known-hosts-file.ts';
import {sessionOptionsOf} from '../../workspace/targets.ts';

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
    const {type, fingerprint, isKnown, verdict} = seen;
    if (isKnown) {
      this.print(`${args.name} (${target.host}) is trusted already: ${type} ${fingerprint}`);
      return {name: args.name, fingerprint, isNew: false};
    }
    if (verdict.is !== 'unknown') throw refused(args.name, seen);
    this.print(`${args.name} (${target.host}) shows this key:\n  ${type} ${fingerprint}`);
    if (flags.fingerprint !== undefined && flags.fingerprint !== fingerprint) {
      throw new CosmosError('host.unknown', 'The key is not the one that you named.', {
        hint: 'Nothing was accepted. Ask the owner of the machine for its fingerprint.',
        facts: {expected: flags.fingerprint, found: fingerprint},
      });
    }
    if (flags.fingerprint === undefined && !flags.yes) await confirmByTyping('Is it the right one?', 'yes');
    const file = await addKnownHost(seen);
    this.print(`Added to ${file}`);
    return {name: args.name, fingerprint, isNew: true};
  }
}

/** A key that is not simply new must be dealt with by hand: it may be somebody else's. */
function refused(name: string, {verdict, type, fingerprint, hostName, port}: ScannedKey): CosmosError {
  const place = 'line' in verdict ? ` (${verdict.line.file} line ${verdict.line.line})` : '';
  const why = {
    known: 'is known',
    unknown: 'is new',
    changed: 'is not the one that known_hosts has',
    revoked: 'was revoked in known_hosts',
    certified: 'would have to be signed by an authority, which is not supported',
  }[verdict.is];
  return new CosmosError('host.changed', `The key of ${name}, ${type} ${fingerprint}, ${why}${place}.`, {
    hint: `Nothing was accepted. If the machine was set up anew, forget the old key with: ssh-keygen -R "${knownHostName(hostName, port)}" and say this again.`,
    facts: {target: name, fingerprint, verdict: verdict.is},
  });
}
