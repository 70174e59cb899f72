/** Workspaces for tests: real folders with a real catalog, closed after the last test of the file. */
import {initWorkspace} from '../../src/workspace/init.ts';
import {openWorkspace, type OpenOptions, type Workspace} from '../../src/workspace/workspace.ts';
import type {Descriptor} from '../../src/cas/descriptor.ts';
import {makeRef} from './documents.ts';
import {temporaryFolder} from './temporary.ts';

const opened = new Set<Workspace>();

export async function newWorkspaceFolder(): Promise<string> {
  return initWorkspace(await temporaryFolder('workspace'));
}

/** Opens the workspace in `root`, or a new one. */
export async function newWorkspace(root?: string, options: Partial<OpenOptions> = {}): Promise<Workspace> {
  const workspace = await openWorkspace(root ?? (await newWorkspaceFolder()), {actor: 'test', ...options});
  opened.add(workspace);
  return workspace;
}

export async function closeWorkspace(workspace: Workspace): Promise<void> {
  if (opened.delete(workspace)) await workspace.close();
}

export async function closeWorkspaces(): Promise<void> {
  for (const workspace of opened) await closeWorkspace(workspace);
}

/** Stores text as a blob that no document names. */
export async function putText(workspace: Workspace, text: string): Promise<Descriptor> {
  return workspace.store.push(Buffer.from(text), {mediaType: 'text/plain'});
}

/** Stores text under a ref of the given name. */
export async function putRef(workspace: Workspace, name: string, text: string): Promise<Descriptor> {
  return workspace.leases.hold('test', async (lease) => {
    const blob = await workspace.store.push(Buffer.from(text), {mediaType: 'text/plain', lease});
    await workspace.documents.create('refs', makeRef(name, [blob]), {lease});
    return blob;
  });
}

/** A clock that tests set; begins at the real time, as other processes use that. */
export function makeClock(): {now: () => number; advance: (ms: number) => void} {
  let offset = 0;
  return {now: () => Date.now() + offset, advance: (ms) => (offset += ms)};
}

export const DAY_MS = 24 * 60 * 60 * 1000;

/** gc without grace that lets nothing in the trash expire. */
export const NO_GRACE = {graceMs: 0, trashMs: 7 * DAY_MS, isDryRun: false};
