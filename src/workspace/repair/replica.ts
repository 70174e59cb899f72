/** Where the bytes of a blob may be found again, whatever has them: views, targets, plain copies, and what is still to come. */
import type {BlobFacts} from '../../cas/descriptor.ts';
import type {ByteSource} from '../../platform/publish.ts';
import type {Mention} from '../which.ts';

export interface WantedBlob extends BlobFacts {
  /** What the documents that name it call it. Its size is -1 where none of them says that. */
  mentions: readonly Mention[];
}

export interface Copy {
  /** For people: a path, or a target and a path there. */
  where: string;
  /** Not to be trusted: whoever asks compares what comes with the digest. */
  read: () => ByteSource | Promise<ByteSource>;
  /** The same from an offset on. */
  readFrom: (offset: number) => AsyncIterable<Uint8Array>;
}

export interface Replica {
  /** For people, in the middle of a sentence: `the views in outputs/`. */
  name: string;
  /**
   * What may be a copy, the likeliest first; few bytes or none were read for that.
   * @throws CosmosError of a replica that cannot be asked now, such as target.unreachable
   */
  listCopies(blob: WantedBlob): AsyncIterable<Copy>;
}
