/** What the commands about targets share: they work without a workspace too, as a target mostly stands in the user's own file. */
import {homedir} from 'node:os';
import {isAbsolute, join, resolve} from 'node:path';
import {CosmosError} from '../errors.ts';
import {workingFolder} from '../platform/working-folder.ts';
import {SETTINGS_FILE} from '../workspace/discover.ts';
import {loadSettings} from '../workspace/settings/load.ts';
import type {LoadedSettings, TargetSettings} from '../workspace/settings/types.ts';
import {userSettingsFile} from '../workspace/settings/user-file.ts';
import {writeTarget} from '../workspace/target-file.ts';
import {findTarget, sessionOptionsOf} from '../workspace/targets.ts';
import {settingsSources} from '../workspace/workspace.ts';
import {BaseCommand} from './base-command.ts';
import {targetOptions} from './target-options.ts';

interface WorkspaceFlag {
  workspace?: string | undefined;
}

export abstract class TargetCommand extends BaseCommand {
  protected async loadSettings(flags: WorkspaceFlag): Promise<LoadedSettings> {
    const root = await this.#findRootIfAny(flags);
    const sources = settingsSources(root ?? '', {env: process.env, home: homedir()});
    const {workspaceFile, ...others} = sources;
    return loadSettings(
      root === undefined || workspaceFile === undefined ? others : {...others, workspaceFile},
    );
  }

  protected async findTarget(
    flags: WorkspaceFlag,
    name: string,
  ): Promise<{settings: LoadedSettings; target: TargetSettings}> {
    const settings = await this.loadSettings(flags);
    return {settings, target: findTarget(name, settings.settings)};
  }

  /** Where a new target goes: the user's own file, or the workspace that was named. */
  protected async newTargetFile(flags: WorkspaceFlag): Promise<string> {
    if (flags.workspace === undefined) return userSettingsFile(process.env, process.platform, homedir());
    return join(await this.findRoot(flags), SETTINGS_FILE);
  }

  /**
   * Writes keys of a target, an own key file as an absolute path, as it must mean the same wherever cosmos is started.
   * @param before what is known of the target already
   */
  protected async writeTarget(
    file: string,
    name: string,
    {changes, before}: {changes: Record<string, string | null>; before?: TargetSettings},
  ): Promise<void> {
    const {key} = changes;
    if (typeof key !== 'string') return writeTarget(file, name, changes);
    const path = key.startsWith('~') || isAbsolute(key) ? key : resolve(workingFolder(), key);
    const {host = '', user} = {...before, ...changes};
    await writeTarget(file, name, {...changes, key: path}, async () => {
      const {checkLogin} = await import('../runner/transports/ssh/check-login.ts');
      const login = {host, key: path, ...(typeof user === 'string' && {user})};
      await checkLogin(sessionOptionsOf(name, login, targetOptions()));
    });
  }

  async #findRootIfAny(flags: WorkspaceFlag): Promise<string | undefined> {
    try {
      return await this.findRoot(flags);
    } catch (error) {
      const isNone = error instanceof CosmosError && error.code === 'workspace.missing';
      if (isNone && flags.workspace === undefined) return undefined;
      throw error;
    }
  }
}
