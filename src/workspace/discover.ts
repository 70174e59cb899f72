/** Finding the workspace that a command is about: by flag, by environment, or by walking up from where it was started. */
import {dirname, join, resolve} from 'node:path';
import {CosmosError} from '../errors.ts';
import {exists} from '../platform/publish.ts';

export const SETTINGS_FILE = 'cosmos.toml';

export interface DiscoverOptions {
  /** `--workspace`; wins over the environment. */
  flag?: string | undefined;
  /** The environment; COSMOS_WORKSPACE counts. */
  env: NodeJS.ProcessEnv;
  /** Where the walk begins. */
  startFolder: string;
}

/** The folder of the workspace, absolute. @throws CosmosError workspace.missing */
export async function findWorkspace({flag, env, startFolder}: DiscoverOptions): Promise<string> {
  const named = flag ?? env['COSMOS_WORKSPACE'];
  if (named !== undefined && named !== '')
    return checkNamed(resolve(startFolder, named), flag ? '--workspace' : 'COSMOS_WORKSPACE');
  for (let folder = resolve(startFolder); ; folder = dirname(folder)) {
    if (await exists(join(folder, SETTINGS_FILE))) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new CosmosError('workspace.missing', `There is no workspace in ${startFolder} or above it.`, {
    hint: 'Make one here with "cosmos init", or name one with --workspace or COSMOS_WORKSPACE.',
    facts: {startFolder},
  });
}

async function checkNamed(folder: string, source: string): Promise<string> {
  if (await exists(join(folder, SETTINGS_FILE))) return folder;
  throw new CosmosError(
    'workspace.missing',
    `${folder} (from ${source}) is not a workspace: it has no ${SETTINGS_FILE}.`,
    {
      hint: `Make one there with "cosmos init ${folder}".`,
      facts: {folder},
    },
  );
}
