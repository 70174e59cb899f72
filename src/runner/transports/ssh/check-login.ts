/** Whether a target's login is set up as far as this machine can tell. */
import {KeyRing} from './keys.ts';
import {prepareLogin} from './login.ts';
import type {SshTargetOptions} from './options.ts';
import {planRoute} from './route.ts';

/**
 * Reads the ssh config and the key that was named, and asks the agent; the target is not contacted, and no passphrase is
 * asked for.
 * @throws CosmosError file.unreadable, input.invalid about the key, config.invalid about the ssh config
 */
export async function checkLogin(options: SshTargetOptions): Promise<void> {
  for (const {config, key} of (await planRoute(options)).slice(-1))
    await prepareLogin(config, new KeyRing(), key);
}
