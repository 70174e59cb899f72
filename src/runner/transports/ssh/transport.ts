/**
 * The transport of a target that is reached over SSH: small files and folders by SFTP, large ones through as many lanes
 * as its round trip asks for, inputs through a cache that is shared by all runs. Paths are the target's own: posix, absolute.
 */
import type {LocalStore} from '../../../cas/local/local-store.ts';
import type {BulkReader, Transport} from '../../target.ts';
import {BUDGET_BLOCKS} from './download-window.ts';
import {download} from './download.ts';
import * as files from './files.ts';
import {readManyFiles} from './many-files.ts';
import type {SshSession} from './session.ts';
import {placeBlobThere} from './upload.ts';

export interface SshTransport extends Transport, BulkReader {
  /** What this transport has sent of blobs, repeated tries included. */
  readonly sent: {readonly blobBytes: number};
}

export function makeSshTransport(session: SshSession, store: LocalStore): SshTransport {
  const sent = {blobBytes: 0};
  const budget = {spareBlocks: BUDGET_BLOCKS};
  return {
    sent,
    readFile: (path) => files.readSmallFile(session, path),
    writeFile: (path, bytes) => files.writeSmallFile(session, path, bytes),
    stream: (path, offset = 0, signal) => download({session, budget}, path, {offset, signal}),
    streamExactly: ({path, size}, offset = 0, signal) =>
      download({session, budget}, path, {offset, sizeBytes: size, signal}),
    readMany: (paths, signal) => readManyFiles(session, paths, signal),
    sizeOf: (path) => files.sizeOfFile(session, path),
    isFolder: (path) => files.isFolderThere(session, path),
    claimFolder: (path) => files.claimOneFolder(session, path),
    ensureFolder: (path) => files.ensureFolders(session, path),
    placeBlob: (blob, path) => placeBlobThere({session, store, sent}, blob, path),
    removeFolder: (path) => files.removeJobFolder(session, path),
  };
}
