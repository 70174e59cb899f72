/** Making a workspace: a commented cosmos.toml, an empty store and an empty manifests folder. */
import {rm, stat} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {requireLocalDisk} from '../cas/catalog/safe-place.ts';
import {storePaths} from '../cas/local/paths.ts';
import {CosmosError, isErrno} from '../errors.ts';
import {ensureFolder, exists, placeNew, stage, syncFolder} from '../platform/publish.ts';
import {SETTINGS_FILE} from './discover.ts';
import {ensureStore} from './layout.ts';
import {settingsTemplate} from './settings/template.ts';

/** Makes (or completes) a workspace in `folder`. @returns its folder, absolute @throws CosmosError workspace.exists, catalog.unsafe */
export async function initWorkspace(folder: string): Promise<string> {
  const root = resolve(folder);
  requireLocalDisk(await nearestFolder(root));
  await makeRoot(root);
  await writeSettings(join(root, SETTINGS_FILE));
  await syncFolder(root);
  await ensureFolder(join(root, 'storage'));
  await ensureStore(storePaths(join(root, 'storage')), join(root, 'manifests'));
  return root;
}

/** What is there already of a path that is to be made. */
async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder))
    if (folder === dirname(folder) || (await exists(folder))) return folder;
}

async function makeRoot(root: string): Promise<void> {
  const stats = await stat(root).catch(() => undefined);
  if (stats?.isDirectory()) return;
  try {
    await ensureFolder(root);
    if (stats === undefined) return;
  } catch (error) {
    if (!isErrno(error, 'ENOTDIR', 'EINVAL', 'ENAMETOOLONG', 'ELOOP')) throw error;
  }
  throw new CosmosError(
    'usage.invalid',
    `${root} cannot be a folder: it, or a part of its path, is a file.`,
    {
      hint: 'Nothing was made. Give the path of a folder.',
      facts: {folder: root},
    },
  );
}

async function writeSettings(path: string): Promise<void> {
  const staged = await stage(dirname(path), Buffer.from(settingsTemplate(), 'utf8'));
  if (!(await placeNew(staged, path))) {
    await rm(staged.path, {force: true});
    throw new CosmosError('workspace.exists', `${path} is there already: this is a workspace.`, {
      hint: 'Nothing was changed. Look at its settings with "cosmos config show".',
      facts: {path},
    });
  }
}
