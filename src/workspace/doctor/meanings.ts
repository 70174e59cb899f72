/** What follows from each finding for somebody who makes videos, and what to do about it. Nothing here looks at a disk. */
import type {Answer, Finding, ProbeName} from '../../platform/ground/finding.ts';

/** `trouble`: cosmos cannot keep its promises here. `note`: it can, and something is good to know. */
export type Weight = 'fine' | 'note' | 'trouble';

export interface Meaning {
  weight: Weight;
  /** Complete sentences. */
  means: string;
  /** What to do; null where there is nothing to do. */
  advice: string | null;
}

interface Entry {
  /** What is tried, in two or three words. */
  title: string;
  /** What holds when the answer is yes. */
  yes: string;
  no: Meaning;
  /** By default a note, or trouble where `no` is. */
  unknown?: Meaning;
}

const ELSEWHERE =
  'Keep the workspace on another disk of this computer, formatted as ext4, xfs, APFS or NTFS.';
const trouble = (means: string, advice = ELSEWHERE): Meaning => ({weight: 'trouble', means, advice});
const note = (means: string, advice: string | null = null): Meaning => ({weight: 'note', means, advice});

const MEANINGS: Record<ProbeName, Entry> = {
  localDisk: {
    title: 'place',
    yes: 'The catalog is safe here.',
    no: trouble(
      'cosmos refuses to work here: locks do not reach the other computers, and the catalog would be damaged.',
      'Keep the workspace on a disk of this computer, and copy it to the network from there: docs/backup.md says how.',
    ),
    unknown: note(
      'On a disk of this computer all is well.',
      'If this folder is shared over a network, or by a cloud, make the workspace elsewhere.',
    ),
  },
  exclusiveCreate: {
    title: 'taking names',
    yes: 'No two processes write to the same file.',
    no: trouble('Two processes could write to the same file.'),
  },
  rename: {
    title: 'replacing files',
    yes: 'A document is the old one or the new one, never half of it.',
    no: trouble('A crash could leave half a document.'),
  },
  hardLink: {
    title: 'hard links',
    yes: 'A blob gets its name when it is complete, and never replaces another one.',
    no: note(
      'Blobs get their names under a lock instead: as safe, a little slower. Views cannot be hard links.',
    ),
  },
  fileSync: {
    title: 'power cuts',
    yes: 'What cosmos says is stored outlives a power cut, as far as the disk keeps its word.',
    no: trouble('cosmos cannot store anything here: a power cut could take back what it says is stored.'),
  },
  folderSync: {
    title: 'names on disk',
    yes: 'So do the names.',
    no: trouble('cosmos cannot store anything here: a power cut could take back the names of files.'),
  },
  locks: {
    title: 'locks',
    yes: 'Several cosmos commands can be at work at once.',
    no: trouble('cosmos refuses to work here: two commands at once would damage the catalog.'),
  },
  readOnlyFiles: {
    title: 'read-only files',
    yes: 'Other programs do not change a blob by mistake.',
    no: note(
      'Any program can change a blob by mistake; "cosmos verify --deep" finds it.',
      'Keep other programs out of storage/.',
    ),
  },
  namesByCase: {
    title: 'upper case',
    yes: 'Every name that a job gives to a file can be kept.',
    no: note('Two outputs of one run whose names differ by case only cannot both be shown in its folder.'),
  },
  clone: {
    title: 'shared copies',
    yes: 'Views and inputs of jobs take no space.',
    no: note('Views and inputs of jobs on this computer take as much space as the files themselves.'),
  },
  fileTimes: {
    title: 'file times',
    yes: 'A file that is changed while it is hashed is noticed.',
    no: note(
      'A job on this computer that changes a file just after it was hashed, and not its size, may not be noticed at once.',
    ),
  },
  clock: {
    title: 'clock',
    yes: 'Ages of files are right.',
    no: note(
      'Ages of unfinished downloads are judged by these times: they may go too early or too late.',
      "Set this computer's clock; where the disk belongs to another machine, set the clock there.",
    ),
  },
  freeSpace: {
    title: 'free space',
    yes: 'There is room for some runs.',
    no: note(
      'The next runs may find no room; a full disk fails them, and loses nothing.',
      'Free some space; "cosmos usage" says what takes it, "cosmos gc --purge" empties the trash.',
    ),
  },
};

export function titleOf(probe: ProbeName): string {
  return MEANINGS[probe].title;
}

/** @param platform as of Node; Windows cannot sync folders, and cosmos goes without it there */
export function meaningOf(
  {probe, answer}: Pick<Finding, 'probe' | 'answer'>,
  platform: NodeJS.Platform,
): Meaning {
  if (probe === 'folderSync' && answer === 'no' && platform === 'win32')
    return note('A power cut may take back the names of the last files that were stored.');
  return pick(MEANINGS[probe], answer);
}

function pick({yes, no, unknown}: Entry, answer: Answer): Meaning {
  if (answer === 'yes') return {weight: 'fine', means: yes, advice: null};
  if (answer === 'no') return no;
  if (unknown) return unknown;
  const means = 'So nothing can be promised about it.';
  return {
    weight: no.weight,
    means,
    advice: 'Run "cosmos doctor" again; if it stays so, choose another disk.',
  };
}
