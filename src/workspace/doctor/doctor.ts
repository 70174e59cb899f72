/**
 * The test of the ground that a workspace stands on, or is to stand on. Opens no workspace, so that it also works where
 * opening is refused; changes nothing but the record of what was found.
 */
import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import {locksProbe} from '../../cas/catalog/exclusion.ts';
import {writeGround} from '../../cas/local/ground-record.ts';
import {storePaths} from '../../cas/local/paths.ts';
import {CosmosError} from '../../errors.ts';
import {isoTime, type Now} from '../../platform/clock.ts';
import {examine, quickProbes} from '../../platform/ground/examine.ts';
import {findFilesystem, type Filesystem} from '../../platform/ground/filesystem.ts';
import type {Finding, Probe} from '../../platform/ground/finding.ts';
import {exists} from '../../platform/publish.ts';
import {meaningOf, titleOf, type Meaning} from './meanings.ts';

export interface JudgedFinding extends Finding, Meaning {
  title: string;
}

export interface GroundReport {
  folder: string;
  /** False for a folder that is no workspace; then nothing is recorded. */
  isWorkspace: boolean;
  at: string;
  filesystem: Filesystem;
  findings: JudgedFinding[];
  /** Whether cosmos can keep its promises there: there is no trouble. */
  isFit: boolean;
  /** The file in which this is recorded; null when it is not. */
  recorded: string | null;
}

export interface DoctorOptions {
  now: Now;
  signal?: AbortSignal;
  /** Leaves out what takes another process, about half a second. */
  isQuick?: boolean;
}

/** @throws CosmosError file.unreadable, store.full, store.readonly; the signal's reason */
export async function examineGround(
  folder: string,
  {now, signal, isQuick = false}: DoctorOptions,
): Promise<GroundReport> {
  if (!(await isFolder(folder))) throw noFolder(folder);
  const paths = storePaths(join(folder, 'storage'));
  const isWorkspace = await exists(paths.layout);
  // What a killed doctor leaves there, gc removes.
  const place = isWorkspace && (await exists(paths.ingest)) ? paths.ingest : folder;
  const filesystem = findFilesystem(place);
  const isTried = !isQuick && filesystem.place !== 'network';
  const probes: Probe[] = [...quickProbes(now), ...(isTried ? [locksProbe] : [])];
  const findings = await examine(place, probes, signal);
  const at = isoTime(now());
  if (isWorkspace) await writeGround(paths, findings, at);
  const judged = findings.map((finding) => ({
    ...finding,
    ...meaningOf(finding, process.platform),
    title: titleOf(finding.probe),
  }));
  return {
    folder,
    isWorkspace,
    at,
    filesystem,
    findings: judged,
    isFit: judged.every(({weight}) => weight !== 'trouble'),
    recorded: isWorkspace ? paths.ground : null,
  };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

function noFolder(folder: string): CosmosError {
  return new CosmosError('file.unreadable', `${folder} is not there, or is no folder.`, {
    hint: 'Give the folder of a workspace, or one in which you want to make one.',
    facts: {folder},
  });
}
