/**
 * The targets of a workspace by name: this machine, and those of the settings. Each is made once; none is contacted here.
 * What reaches them is loaded when the first one is made: listings need none.
 */
import {hostname} from 'node:os';
import {CosmosError} from '../errors.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {JobMount} from '../runner/job.ts';
import type {JobSettings, Target} from '../runner/target.ts';
import type {SshTargetOptions} from '../runner/transports/ssh/options.ts';
import {parseDuration} from './settings/duration.ts';
import {findNearest} from '../nearest.ts';
import type {Settings, TargetSettings} from './settings/types.ts';
import type {Workspace} from './workspace.ts';

export const LOCAL = 'local';

export interface TargetOptions {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  /** Given on a terminal only. */
  askPassphrase?: ((what: string) => Promise<string>) | undefined;
}

export class Targets {
  readonly #workspace: Workspace;
  readonly #options: TargetOptions;
  /** Promises: two who ask at once share a target, as one that nobody knows of would never be closed. */
  readonly #made = new Map<string, Promise<Target>>();
  readonly #addresses = new Map<string, string>();

  constructor(workspace: Workspace, options: TargetOptions) {
    this.#workspace = workspace;
    this.#options = options;
    workspace.onClose(() => this.close());
  }

  /** @throws CosmosError usage.invalid for a name that nothing is known of */
  get(name: string): Promise<Target> {
    const known = this.#made.get(name);
    if (known) return known;
    const making = name === LOCAL ? this.#makeLocal() : this.#makeSsh(name);
    this.#made.set(name, making);
    making.catch(() => this.#made.delete(name));
    return making;
  }

  /** @throws CosmosError config.invalid when the run's target is no longer in the settings */
  async of(run: RunDocument): Promise<Target> {
    try {
      return await this.get(run.execution.target);
    } catch (error) {
      if (error instanceof CosmosError && error.code === 'usage.invalid') throw lostTarget(run);
      throw error;
    }
  }

  /**
   * For a target that does not answer: if a person has told cosmos of a new address meanwhile, the next `get` uses that.
   * Settings that cannot be read now change nothing.
   */
  async renew(name: string): Promise<void> {
    const known = this.#made.get(name);
    const old = this.#addresses.get(name);
    if (!known || old === undefined) return;
    const loaded = await this.#workspace.settings({isFresh: true}).catch(() => undefined);
    const target = loaded?.settings.targets[name];
    if (!target || addressOf(target) === old) return;
    // Of two who ask at once, one has made the change already.
    if (this.#made.get(name) !== known) return;
    this.#made.delete(name);
    await (await known).close();
  }

  async close(): Promise<void> {
    const made = await Promise.allSettled(this.#made.values());
    await Promise.all(
      made.flatMap((target) => (target.status === 'fulfilled' ? [target.value.close()] : [])),
    );
  }

  async #makeLocal(): Promise<Target> {
    const {makeLocalTarget} = await import('../runner/targets/local.ts');
    const {localTarget, store, now} = this.#workspace;
    // Settings that are wrong must not keep a run that is under way from being looked after.
    const loaded = await this.#workspace.settings().catch(() => undefined);
    return makeLocalTarget({root: localTarget, places: placesOf({...loaded?.settings.local}), store, now});
  }

  async #makeSsh(name: string): Promise<Target> {
    const {settings} = await this.#workspace.settings();
    const target = findTarget(name, settings);
    const {makeSshTarget} = await import('../runner/targets/ssh.ts');
    const {makeSshSession} = await import('../runner/transports/ssh/make-session.ts');
    this.#addresses.set(name, addressOf(target));
    const {store, now} = this.#workspace;
    return makeSshTarget({
      name,
      host: target.host,
      root: target.root,
      launcher: target.launcher,
      jobs: jobSettingsOf(target),
      price: target.price === undefined ? null : {perHour: target.price, currency: target.currency},
      session: makeSshSession(sessionOptionsOf(name, target, this.#options)),
      store,
      now,
      readEnv: (variable) => this.#options.env[variable],
    });
  }
}

function addressOf({host, port, user, key}: TargetSettings): string {
  return JSON.stringify([host, port, user, key]);
}

/** Those that are set. */
function placesOf(folders: Record<string, string | undefined>): JobSettings['places'] {
  const set = Object.entries(folders).filter((place): place is [string, string] => place[1] !== undefined);
  return Object.fromEntries(set);
}

/** @throws CosmosError usage.invalid */
export function findTarget(name: string, {targets}: Pick<Settings, 'targets'>): TargetSettings {
  const target = targets[name];
  if (target) return target;
  if (name === LOCAL) {
    throw new CosmosError('usage.invalid', 'local is this machine: it has no address, key or settings.', {
      hint: 'Name a target that "cosmos target list" shows.',
    });
  }
  const known = [LOCAL, ...Object.keys(targets)];
  const nearest = findNearest(name, known);
  throw new CosmosError(
    'usage.invalid',
    `There is no target "${name}"${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}.`,
    {
      hint: `Known targets: ${known.join(', ')}. Add one with: cosmos target add ${name} USER@HOST`,
      facts: {target: name, known},
    },
  );
}

export function sessionOptionsOf(
  name: string,
  target: Pick<TargetSettings, 'host' | 'port' | 'user' | 'key'>,
  options: TargetOptions,
): SshTargetOptions {
  const {host, port, user, key} = target;
  return {name, host, port, user, key, ...options};
}

function jobSettingsOf(target: TargetSettings): JobSettings {
  const {checkout, checkpoints, hfCache} = target;
  const timeoutMs = target.timeout === undefined ? 0 : parseDuration(target.timeout);
  return {
    places: placesOf({checkout, checkpoints, hfCache}),
    environment: target.env ?? [],
    timeoutMs: timeoutMs > 0 ? timeoutMs : null,
    container:
      target.launcher === 'process'
        ? null
        : {
            runtime: target.runtime,
            image: target.image ?? null,
            mounts: (target.mounts ?? []).map(parseMount),
            memory: target.memory ?? null,
            shm: target.shm,
            ipc: target.ipc,
          },
  };
}

/** SOURCE:TARGET or SOURCE:TARGET:ro; the schema has checked the form. */
function parseMount(text: string): JobMount {
  const [source = '', target = '', mode] = text.split(':');
  return {source, target, isReadOnly: mode === 'ro'};
}

function lostTarget(run: RunDocument): CosmosError {
  const {target, host} = run.execution;
  return new CosmosError(
    'config.invalid',
    `The run ${run.id} belongs to the target "${target}"${host === undefined ? '' : ` (${host})`}, which is not in the settings of ${hostname()} any more.`,
    {
      hint: `Add it again with "cosmos target add ${target} USER@HOST", or record that the machine is gone with "cosmos abandon ${run.id}".`,
      facts: {run: run.id, target},
    },
  );
}
