/**
 * Trying the filesystem: each probe gets an empty folder of its own below one that is removed afterwards, whatever happens.
 * A probe that fails in a way it does not know has found out nothing.
 */
import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../../errors.ts';
import {explainWriteError} from '../publish.ts';
import {randomHex} from '../random.ts';
import {clockProbe, fileTimesProbe} from './clock.ts';
import type {Now} from '../clock.ts';
import type {Finding, Observation, Probe} from './finding.ts';
import {localDiskProbe} from './filesystem.ts';
import {exclusiveCreateProbe, hardLinkProbe, namesByCaseProbe, renameProbe} from './names.ts';
import {cloneProbe, freeSpaceProbe, readOnlyFilesProbe} from './space.ts';
import {fileSyncProbe, folderSyncProbe} from './sync.ts';

/** Those that start no other process, in the order in which they are told. */
export function quickProbes(now: Now): Probe[] {
  return [
    {probe: 'localDisk', run: localDiskProbe},
    {probe: 'exclusiveCreate', run: exclusiveCreateProbe},
    {probe: 'rename', run: renameProbe},
    {probe: 'hardLink', run: hardLinkProbe},
    {probe: 'fileSync', run: fileSyncProbe},
    {probe: 'folderSync', run: folderSyncProbe},
    {probe: 'readOnlyFiles', run: readOnlyFilesProbe},
    {probe: 'namesByCase', run: namesByCaseProbe},
    {probe: 'clone', run: cloneProbe},
    {probe: 'fileTimes', run: fileTimesProbe},
    {probe: 'clock', run: (folder) => clockProbe(folder, now)},
    {probe: 'freeSpace', run: freeSpaceProbe},
  ];
}

/**
 * Runs the probes, one after the other, below a new folder in `place`.
 * @throws CosmosError store.full, store.readonly when nothing can be written there; the signal's reason
 */
export async function examine(
  place: string,
  probes: readonly Probe[],
  signal?: AbortSignal,
): Promise<Finding[]> {
  const folder = join(place, `ground-${randomHex(8)}`);
  const findings: Finding[] = [];
  try {
    await mkdir(folder).catch((error: unknown) => {
      // Linux answers so in /proc, where nothing can be made.
      const isNoPlace = isErrno(error, 'ENOENT');
      throw explainWriteError(isNoPlace ? Object.assign(new Error(), error, {code: 'EROFS'}) : error, place);
    });
    for (const {probe, run} of probes) {
      findings.push({probe, ...(await observe(join(folder, probe), run))});
      signal?.throwIfAborted();
    }
    return findings;
  } finally {
    await rm(folder, {recursive: true, force: true, maxRetries: 3}).catch(() => undefined);
  }
}

async function observe(folder: string, run: Probe['run']): Promise<Observation> {
  try {
    await mkdir(folder);
    return await run(folder);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return {answer: 'unknown', found: `It could not be tried: ${words}.`};
  }
}
