/** What a probe of the ground under a workspace answers. Doubt is `unknown`, never a claim. */

export const PROBES = [
  'localDisk',
  'exclusiveCreate',
  'rename',
  'hardLink',
  'fileSync',
  'folderSync',
  'locks',
  'readOnlyFiles',
  'namesByCase',
  'clone',
  'fileTimes',
  'clock',
  'freeSpace',
] as const;

export type ProbeName = (typeof PROBES)[number];
export type Answer = 'yes' | 'no' | 'unknown';

/** `yes` is always the better answer. */
export interface Observation {
  answer: Answer;
  /** What was seen; a plain sentence. */
  found: string;
  facts?: Record<string, unknown>;
}

export interface Finding extends Observation {
  probe: ProbeName;
}

/** Looks at one thing in an empty folder, which it may fill and need not clean. */
export interface Probe {
  probe: ProbeName;
  run: (folder: string) => Promise<Observation>;
}
