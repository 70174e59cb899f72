/** What lies in a workspace, so that a test can say that nothing was lost and nothing half-made. */
import {createHash} from 'node:crypto';
import {chmod, cp, open, readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {temporaryFolder} from './temporary.ts';

/** Places where a refused command must leave nothing new. */
const PLACES = [
  'manifests',
  'storage/blobs',
  'storage/ingest',
  'storage/quarantine',
  'storage/trash',
  'work',
  'outputs',
];

/** Every file with its digest, below the places that hold what people care about. */
export async function contentsOf(root: string): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const place of PLACES) {
    const entries = await readdir(join(root, place), {recursive: true, withFileTypes: true}).catch(() => []);
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      contents[path.slice(root.length + 1)] = sha256(await readFile(path));
    }
  }
  return contents;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An independent copy, with the catalog as it was. */
export async function copyWorkspace(root: string): Promise<string> {
  const copy = join(await temporaryFolder('copy'), 'workspace');
  await cp(root, copy, {recursive: true, preserveTimestamps: true});
  return copy;
}

export function blobFile(root: string, digest: string): string {
  const hex = digest.replace(/^sha256:/, '');
  return join(root, 'storage', 'blobs', 'sha256', hex.slice(0, 2), hex);
}

/** Changes one bit and nothing else: size and times stay. */
export async function flipByte(path: string, at: number): Promise<void> {
  await chmod(path, 0o644);
  const handle = await open(path, 'r+');
  try {
    const {atime, mtime} = await handle.stat();
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte.writeUInt8(byte.readUInt8(0) ^ 1, 0);
    await handle.write(byte, 0, 1, at);
    await handle.utimes(atime, mtime);
  } finally {
    await handle.close();
  }
  await chmod(path, 0o444);
}
