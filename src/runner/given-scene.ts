/** A scene from a folder, from single videos, or from both: what is named beside a folder takes the place of its own pass. */
import {resolve} from 'node:path';
import {CosmosError} from '../errors.ts';
import {findingOf} from './findings.ts';
import {readPass, readScene, type PassName, type Scene} from './scene.ts';

export interface GivenScene {
  folder: string | undefined;
  files: Readonly<Partial<Record<PassName, string | undefined>>>;
}

/** @param from where relative paths start. @throws CosmosError usage.invalid when nothing is given, file.unreadable */
export async function readGivenScene(
  {folder, files}: GivenScene,
  from: string,
): Promise<Pick<Scene, 'passes'> & {findings: string[]}> {
  const named = Object.entries(files).flatMap(([pass, file]): [PassName, string][] =>
    file === undefined ? [] : [[pass as PassName, resolve(from, file)]],
  );
  if (folder === undefined && named.length === 0)
    throw new CosmosError('usage.invalid', 'There is neither a folder nor a video.', {
      hint: 'Write it like: cosmos scene add examples/scenes/city',
    });
  const findings: string[] = [];
  const passes = folder === undefined ? {} : {...(await readScene(resolve(from, folder), findings)).passes};
  for (const [pass, path] of named) {
    const found = await findingOf(findings, () => readPass(path));
    if (found) passes[pass] = found;
  }
  return {passes, findings};
}
