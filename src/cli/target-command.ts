/** What the commands about targets share: they work without a workspace too, as a target mostly stands in the user's own file. */
import {homedir} from 'node:os';
import {join} from 'node:path';
import {CosmosError} from '../errors.ts';
import {SETTINGS_FILE} from '../workspace/discover.ts';
import {loadSettings} from '../workspace/settings/load.ts';
import type {LoadedSettings, TargetSettings} from '../workspace/settings/types.ts';
import {userSettingsFile} from '../workspace/settings/user-file.ts';
import {findTarget} from '../workspace/targets.ts';
import {settingsSources} from '../workspace/workspace.ts';
import {BaseCommand} from './base-command.ts';

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
