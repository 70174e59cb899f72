/** What of this computer matters to somebody who uses cosmos. */
import {availableParallelism, release} from 'node:os';
import {CosmosError} from '../../errors.ts';
import {loadCodecs} from '../../media/codecs.ts';

export interface Machine {
  /** `20.20.2` */
  node: string;
  /** `linux 6.18.0 x64` */
  system: string;
  /** Threads that hash in `verify --deep`, unless `verify.workers` says otherwise. */
  threads: number;
  /** Whether videos can be decoded and encoded here: previews, thumbnails and comparisons need it. */
  hasCodecs: boolean;
}

export async function describeMachine(): Promise<Machine> {
  return {
    node: process.versions.node,
    system: `${process.platform} ${release()} ${process.arch}`,
    threads: availableParallelism(),
    hasCodecs: await hasCodecs(),
  };
}

async function hasCodecs(): Promise<boolean> {
  try {
    await loadCodecs();
    return true;
  } catch (error) {
    if (error instanceof CosmosError) return false;
    throw error;
  }
}
