/** What the runner needs from its surroundings; the workspace fills it in. */
import type {Leases} from '../cas/catalog/leases.ts';
import type {Journal} from '../cas/journal.ts';
import type {LocalStore} from '../cas/local/local-store.ts';
import type {Documents} from '../manifest/documents.ts';
import type {DocumentIndex} from '../manifest/index/document-index.ts';
import type {Sightings} from '../manifest/sightings.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {Now} from '../platform/clock.ts';
import type {EndedModel} from './model.ts';
import type {Target} from './target.ts';

export interface RunnerContext {
  store: LocalStore;
  documents: Documents;
  index: DocumentIndex;
  leases: Leases;
  journal: Journal;
  sightings: Sightings;
  now: Now;
  /** Who acts: the command, for events and leases. */
  actor: string;
  /** @throws CosmosError config.invalid when the target of the run is no longer known */
  targetOf(run: RunDocument): Promise<Target>;
  /** Told that the target of a run does not answer; it may have a new address since. */
  renewTarget?: ((run: RunDocument) => Promise<void>) | undefined;
  /** The adapter of a run that exists; knows every family, and custom models without their settings. */
  modelOf(run: RunDocument): EndedModel;
  /**
   * Called before a run is recorded as completed, with what is going to be recorded; its outputs are in the store. Makes what
   * follows from them, and says what is to be recorded of that. It may be called again for the same run, after a crash.
   */
  onCompleting?: ((run: RunDocument) => Promise<Partial<RunDocument>>) | undefined;
  /** Called after a run has ended; makes the view, and has thumbnails made. A failure is reported and changes nothing about the run. */
  onEnded?: ((run: RunDocument) => Promise<void>) | undefined;
}
