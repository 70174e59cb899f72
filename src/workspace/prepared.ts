/** A run that is planned and checked, but does not exist yet. */
import type {RunDocument} from '../manifest/types.gen.ts';
import type {PlannedRun} from '../runner/create.ts';
import type {Sharing} from '../runner/model.ts';
import type {Target} from '../runner/target.ts';

export interface Prepared {
  name: string | null;
  modelName: string;
  target: Target;
  planned: PlannedRun;
  /** Ids of runs. */
  after: string[];
  parents: RunDocument['parents'];
  /** The prompt that it was asked for by. */
  promptId?: string;
  /** The batch that it belongs to, but for its place there. */
  batch?: {id: string; label: string};
  /** What is to follow from the result, planned as far as it can be without one. */
  next?: Prepared;
  /** How long the job will run, by earlier ones; null without any, and where nobody asked. */
  estimatedMs: number | null;
  /** How it can share a load of the model with others; absent where it is not to. */
  sharing?: Sharing;
  /** How many GPUs the target has; null where nobody looked. */
  gpusThere: number | null;
  /** What may surprise on the target. */
  warnings: string[];
}

/** Each with what is to follow it. */
export function withNext(prepared: readonly Prepared[]): Prepared[] {
  return prepared.flatMap((each) => (each.next ? [each, each.next] : [each]));
}
