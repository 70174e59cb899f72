/** What the dashboard shows and whom it asks; plain data, so that tests and other sources need no workspace. */
import type {RunSummary} from '../../manifest/index/derive.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';
import type {TimeLeft} from '../../runner/estimate.ts';
import type {Stall} from '../../workspace/outlook.ts';
import type {Progress} from '../../runner/model.ts';

export interface DashboardRow {
  summary: RunSummary;
  /** What it is doing now, in a word or two; the status where nothing more is known. */
  stage: string;
  progress?: Progress | undefined;
  /** Absent while nobody knows. */
  timeLeft?: TimeLeft | undefined;
  /** Present for one that may hang. */
  stall?: Stall | undefined;
  /** When the job was last proven to be alive; ISO time. */
  lastProofAt?: string | undefined;
  /** Why it cannot be carried on now, such as a target that does not answer. */
  trouble?: string | undefined;
  /** Present while the target does not answer; ISO time. */
  unreachableSince?: string | undefined;
  /** Another cosmos process carries it on. */
  isDrivenElsewhere?: boolean | undefined;
}

export interface DashboardDetail {
  id: string;
  /** Undefined while it is being read. */
  run: RunDocument | undefined;
  timeLeft?: TimeLeft | undefined;
  stall?: Stall | undefined;
  /** The last lines of the log as they were written, oldest first. */
  logTail: readonly string[];
}

export interface DashboardState {
  rows: readonly DashboardRow[];
  detail: DashboardDetail | undefined;
  /** Something that everybody should see now, such as a target that does not answer. */
  message?: string | undefined;
  /** Runs in every status, when they were counted; `rows` may hold only some of those that have ended. */
  counts?: Partial<Record<RunDocument['status'], number>> | undefined;
}

export interface DashboardSource {
  read(): DashboardState;
  /** Calls the listener after every change; gives back how to stop that. */
  subscribe(listener: () => void): () => void;
  /** Records the wish to cancel. A rejection is shown. */
  cancel(id: string): Promise<void>;
  /** Which run `detail` should be about. */
  setSelected(id: string): void;
}
