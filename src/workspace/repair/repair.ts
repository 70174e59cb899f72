/**
 * Repair: the bytes of blobs that are damaged or missing are brought back from whatever has them. What comes is hashed as it
 * is written, takes the place of the damaged bytes in one step, and is read once more; the damaged ones stay in quarantine.
 */
import type {Lease} from '../../cas/catalog/leases.ts';
import type {BlobFacts} from '../../cas/descriptor.ts';
import type {Digest} from '../../cas/digest.ts';
import {blobPath} from '../../cas/local/paths.ts';
import {proveFile} from '../../cas/local/prove.ts';
import {restoreBlobs} from '../../cas/trash/trash.ts';
import {CosmosError} from '../../errors.ts';
import type {Workspace} from '../workspace.ts';
import {explainLoss, type Loss} from './loss.ts';
import {findPatch} from './patch.ts';
import type {Copy, Replica, WantedBlob} from './replica.ts';
import {wantedBlob} from './wanted.ts';

export interface RepairReport {
  /** Was right as it was. */
  sound: Digest[];
  /** `fetchedBytes`: what was read of the copy; less than the blob where only a part of it was damaged. */
  repaired: {digest: Digest; sizeBytes: number; fetchedBytes: number; from: string}[];
  lost: Loss[];
  /** Replicas that could not be asked, and why. */
  unasked: {replica: string; reason: string}[];
}

export interface RepairOptions {
  /** Asked in this order. */
  replicas: readonly Replica[];
}

/** @throws CosmosError store.full, store.readonly; what was repaired by then is */
export async function repairBlobs(
  workspace: Workspace,
  digests: readonly Digest[],
  options: RepairOptions,
): Promise<RepairReport> {
  const report: RepairReport = {sound: [], repaired: [], lost: [], unasked: []};
  const lost: BlobRepair[] = [];
  await workspace.leases.hold('repairing blobs', async (lease) => {
    for (const digest of digests) {
      const repair = new BlobRepair(workspace, {blob: await wantedBlob(workspace, digest), lease, report});
      if (!(await repair.run(options.replicas))) lost.push(repair);
    }
  });
  // What can be made again depends on what else came back.
  for (const {blob, wrong} of lost) report.lost.push(await explainLoss(workspace, blob, wrong));
  return report;
}

class BlobRepair {
  readonly blob: WantedBlob;
  /** Copies that were read and were other bytes. */
  readonly wrong: string[] = [];
  readonly #workspace: Workspace;
  readonly #lease: Lease;
  readonly #report: RepairReport;
  /** What was fetched of a copy to mend the damaged bytes with. */
  #patchedBytes: number | undefined;

  constructor(workspace: Workspace, work: {blob: WantedBlob; lease: Lease; report: RepairReport}) {
    this.#workspace = workspace;
    this.blob = work.blob;
    this.#lease = work.lease;
    this.#report = work.report;
  }

  /** @returns whether the blob is right now */
  async run(replicas: readonly Replica[]): Promise<boolean> {
    const {digest} = this.blob;
    // Announced first: what is in place, or comes out of the trash, stays.
    await this.#lease.announce([digest]);
    if (await this.#isSound()) {
      this.#report.sound.push(digest);
      return true;
    }
    const from = (await this.#fromTrash()) ?? (await this.#fromReplicas(replicas));
    if (from === undefined) return false;
    const sizeBytes = (await this.#find())?.size ?? 0;
    const fetchedBytes = this.#patchedBytes ?? sizeBytes;
    this.#report.repaired.push({digest, sizeBytes, fetchedBytes, from});
    await this.#workspace.journal.append('repair', {digests: [digest], from});
    return true;
  }

  #find(): Promise<BlobFacts | undefined> {
    return this.#workspace.store.find(this.blob.digest);
  }

  /** Reads every byte, whatever the ledger says. */
  async #isSound(): Promise<boolean> {
    const {context} = this.#workspace.store;
    const found = await this.#find();
    if (!found) return false;
    return (await proveFile(context, found, blobPath(context.paths, found.digest))) === 'good';
  }

  async #fromTrash(): Promise<string | undefined> {
    if (await this.#find()) return undefined;
    await restoreBlobs(this.#workspace.store.context, [this.blob.digest]);
    return (await this.#isSound()) ? 'the trash' : undefined;
  }

  async #fromReplicas(replicas: readonly Replica[]): Promise<string | undefined> {
    for (const replica of replicas) {
      try {
        for await (const copy of replica.listCopies(this.blob)) if (await this.#take(copy)) return copy.where;
      } catch (error) {
        if (!(error instanceof CosmosError) || STOPPING.includes(error.code)) throw error;
        this.#note(replica, error.message);
      }
    }
    return undefined;
  }

  /** No more than the damaged part, where that is known; if that makes other bytes, all of the copy. */
  async #take(copy: Copy): Promise<boolean> {
    const patch = await findPatch(this.#workspace.store.context, this.blob);
    if (patch && (await this.#store(copy.where, () => patch.bytes(copy.readFrom)))) {
      this.#patchedBytes = patch.fetchedBytes;
      return true;
    }
    return this.#store(copy.where, copy.read);
  }

  /** @returns false when it is something else, or cannot be read */
  async #store(where: string, read: Copy['read']): Promise<boolean> {
    const {digest, size} = this.blob;
    const expected = size < 0 ? {digest} : {digest, size};
    try {
      const source = await read();
      await this.#workspace.store.push(source, {mediaType: '', expected, lease: this.#lease});
      return await this.#isSound();
    } catch (error) {
      if (!(error instanceof CosmosError) || !UNUSABLE.includes(error.code)) throw error;
      if (error.code === 'blob.mismatch' && !this.wrong.includes(where)) this.wrong.push(where);
      return false;
    }
  }

  #note({name}: Replica, reason: string): void {
    const {unasked} = this.#report;
    if (!unasked.some((each) => each.reason === reason)) unasked.push({replica: name, reason});
  }
}

/** Of the home store: no replica can help. */
const STOPPING: readonly string[] = [
  'store.mismatch',
  'store.failed',
  'store.full',
  'store.readonly',
  'lease.lost',
  'catalog.busy',
  'catalog.replaced',
];
/** Of one copy: the next may be right. */
const UNUSABLE: readonly string[] = ['blob.mismatch', 'file.unreadable', 'target.failed'];
