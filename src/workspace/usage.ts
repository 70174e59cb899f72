/** Where the space of a store goes: to scenes, kinds or ages of runs, to what nothing names, to the trash. */
import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../errors.ts';
import type {DocumentKind} from '../manifest/kinds.ts';
import type {Workspace} from './workspace.ts';

export const USAGE_GROUPS = ['scene', 'kind', 'age', 'run'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

export interface UsageRow {
  /** The name of a scene, a kind, an age or a run; null for what has none. */
  name: string | null;
  runs: number;
  /** Of every blob that it names. */
  bytes: number;
  /** Of those that nothing outside of it names: what deleting it would free. */
  ownBytes: number;
}

export interface Usage {
  by: UsageGroup;
  /** The largest first. */
  rows: UsageRow[];
  blobs: number;
  /** Of all blobs, each once. */
  blobBytes: number;
  /** Of blobs that several rows name. */
  sharedBytes: number;
  /** Of blobs that no document names. */
  unnamedBytes: number;
  trashBytes: number;
  /** Of what is being written. */
  ingestBytes: number;
  /** Of what was set aside as damaged. */
  quarantineBytes: number;
}

interface Referrer {
  kind: DocumentKind;
  id: string;
}

/** From the catalog; only the trash and what is under way are looked up on the disk. */
export async function measureUsage(workspace: Workspace, by: UsageGroup): Promise<Usage> {
  const {context} = workspace.store;
  const {sizes} = context.tables;
  const rows = new Map<string | null, UsageRow>();
  const runs = new Map<string | null, Set<string>>();
  let [namedBytes, sharedBytes] = [0, 0];
  for (const {digest, namedBy} of workspace.index.listReferences()) {
    const size = sizes.get(digest);
    // Named, and not there: "cosmos verify" tells of it.
    if (size === undefined) continue;
    namedBytes += size;
    const groups = new Set(namedBy.map((referrer) => groupOf(workspace, referrer, by)));
    if (groups.size > 1) sharedBytes += size;
    for (const name of groups) {
      const row = rows.get(name) ?? {name, runs: 0, bytes: 0, ownBytes: 0};
      rows.set(name, row);
      row.bytes += size;
      if (groups.size === 1) row.ownBytes += size;
    }
    for (const referrer of namedBy)
      if (referrer.kind === 'runs') noteRun(runs, groupOf(workspace, referrer, by), referrer.id);
  }
  for (const row of rows.values()) row.runs = runs.get(row.name)?.size ?? 0;
  let [blobs, blobBytes] = [0, 0];
  for (const [, size] of sizes.entries()) {
    blobs += 1;
    blobBytes += size;
  }
  const {trash, ingest, quarantine} = context.paths;
  return {
    by,
    rows: Array.from(rows.values()).toSorted((a, b) => b.bytes - a.bytes),
    blobs,
    blobBytes,
    sharedBytes,
    unnamedBytes: blobBytes - namedBytes,
    trashBytes: await bytesBelow(trash),
    ingestBytes: await bytesBelow(ingest),
    quarantineBytes: await bytesBelow(quarantine),
  };
}

function noteRun(runs: Map<string | null, Set<string>>, name: string | null, id: string): void {
  const known = runs.get(name) ?? new Set();
  runs.set(name, known.add(id));
}

const DAY_MS = 86_400_000;
const AGES: readonly [string, number][] = [
  ['up to 7 days', 7],
  ['up to 30 days', 30],
  ['up to 90 days', 90],
];

/** A ref counts as the scene that it is, or as what it is. */
function groupOf({index, now}: Workspace, {kind, id}: Referrer, by: UsageGroup): string | null {
  const run = kind === 'runs' ? index.getRun(id) : undefined;
  if (!run) return by === 'scene' && kind === 'refs' ? id : kind;
  if (by === 'scene') return run.scene;
  if (by === 'kind') return run.kind;
  if (by === 'run') return run.id;
  const days = (now() - Date.parse(run.createdAt)) / DAY_MS;
  return AGES.find(([, most]) => days <= most)?.[0] ?? 'older';
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(forgiveGone);
  let bytes = 0;
  for (const entry of entries ?? [])
    if (entry.isFile())
      bytes += (await stat(join(entry.parentPath, entry.name)).catch(forgiveGone))?.size ?? 0;
  return bytes;
}

/** Another process may have moved it meanwhile. */
function forgiveGone(error: unknown): undefined {
  if (!isErrno(error, 'ENOENT')) throw error;
}
