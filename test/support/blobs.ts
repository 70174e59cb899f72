/** Doing to a store what disks, people and other programs do. */
import {chmod, readFile, rm, writeFile} from 'node:fs/promises';
import type {BlobFacts} from '../../src/cas/descriptor.ts';
import {blobPath} from '../../src/cas/local/paths.ts';
import {readAll} from '../../src/cas/verified-read.ts';
import type {Workspace} from '../../src/workspace/workspace.ts';

export function pathOfBlob({store}: Workspace, {digest}: Pick<BlobFacts, 'digest'>): string {
  return blobPath(store.context.paths, digest);
}

/** Flips the lowest bit of the last byte, and nothing else: same size, same name. */
export async function flipOneBit(workspace: Workspace, blob: BlobFacts): Promise<void> {
  const path = pathOfBlob(workspace, blob);
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  await chmod(path, 0o644);
  await writeFile(path, bytes);
}

export async function removeBlob(workspace: Workspace, blob: BlobFacts): Promise<void> {
  await rm(pathOfBlob(workspace, blob), {recursive: true});
}

/** The verified text of a blob. */
export async function readText({store}: Workspace, blob: BlobFacts): Promise<string> {
  return (await readAll(store.fetch(blob))).toString();
}
