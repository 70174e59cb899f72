/**
 * When somebody last had word of a run that has not ended: noted by whoever drives it, for everybody who looks. Hints in
 * the catalog, in no document: losing them loses news, and a sighting that cannot be noted harms nothing.
 */
import type {Catalog, Table} from '../cas/catalog/catalog.ts';
import {isoTime, type Now} from '../platform/clock.ts';

export interface Sighting {
  /** When the target last answered about the run; ISO time. */
  seenAt?: string;
  /** When the job was last proven to be alive. */
  proofAt?: string;
  /** For how long nothing was heard of the job then, milliseconds. */
  silentMs?: number;
  /** Present while the target does not answer. */
  unreachable?: {since: string; triedAt: string};
}

/** What a target told; undefined for what it did not. */
type Seen = {[Fact in 'proofAt' | 'silentMs']?: Sighting[Fact] | undefined};

/** Each note is a write to the disk; a state that changes is noted at once. */
const NOTE_EVERY_MS = 5000;

/** When a job was last proven to be alive, by its document or by what was seen since; ISO time. */
export function newestProof(inDocument: string | undefined, seen: Sighting | undefined): string | undefined {
  return [inDocument, seen?.proofAt]
    .filter((at) => at !== undefined)
    .toSorted()
    .at(-1);
}

export class Sightings {
  readonly #catalog: Catalog;
  readonly #table: Table<Sighting, string>;
  readonly #now: Now;

  constructor(catalog: Catalog, now: Now) {
    this.#catalog = catalog;
    this.#table = catalog.table('sightings');
    this.#now = now;
  }

  of(run: string): Sighting | undefined {
    return this.#table.get(run);
  }

  /** The target answered. */
  async saw(run: string, {proofAt, silentMs}: Seen): Promise<void> {
    const last = this.of(run);
    const now = this.#now();
    const isNews = !last?.seenAt || last.unreachable || (!last.proofAt && proofAt !== undefined);
    if (!isNews && now - Date.parse(last.seenAt ?? '') < NOTE_EVERY_MS) return;
    await this.#note(run, {
      seenAt: isoTime(now),
      ...(proofAt !== undefined && {proofAt}),
      ...(silentMs !== undefined && {silentMs}),
    });
  }

  /** The target did not answer. */
  async missed(run: string): Promise<void> {
    const {unreachable, ...last} = this.of(run) ?? {};
    const at = isoTime(this.#now());
    await this.#note(run, {...last, unreachable: {since: unreachable?.since ?? at, triedAt: at}});
  }

  /** The run has ended. */
  async forget(run: string): Promise<void> {
    if (this.of(run) === undefined) return;
    await this.#write(() => void this.#table.remove(run));
  }

  #note(run: string, sighting: Sighting): Promise<void> {
    return this.#write(() => void this.#table.put(run, sighting));
  }

  async #write(work: () => void): Promise<void> {
    await this.#catalog.transaction('noting what was seen', work).catch(() => undefined);
  }
}
