/**
 * What `cosmos init` and `cosmos doctor` have found out about the filesystem below the store, kept in `ground.json`. It counts for the
 * very disk that was tried: a store that was copied to another one has no record. Derived: whoever deletes it loses
 * nothing, as each operation also goes by the errors that it meets.
 */
import {readFile, stat} from 'node:fs/promises';
import {isErrno} from '../../errors.ts';
import {findFilesystem} from '../../platform/ground/filesystem.ts';
import {PROBES, type Answer, type Finding, type ProbeName} from '../../platform/ground/finding.ts';
import {publishText} from '../../platform/publish.ts';
import type {StorePaths} from './paths.ts';

const GROUND_VERSION = 1;

export type GroundAnswers = Partial<Record<ProbeName, Answer>>;

interface GroundRecord {
  groundVersion: number;
  /** ISO time. */
  at: string;
  /** Number of the device, as stat(2) gives it. */
  device: string;
  /** As in the table of mounts; null where the system does not tell. */
  filesystem: string | null;
  answers: GroundAnswers;
}

/** Nothing where there is no record, none that can be understood, or one of another disk. */
export async function readGround(paths: StorePaths): Promise<GroundAnswers> {
  try {
    const record = JSON.parse(await readFile(paths.ground, 'utf8')) as Partial<GroundRecord> | null;
    if (record?.groundVersion !== GROUND_VERSION || !record.answers) return {};
    const isHere =
      record.device === (await deviceOf(paths.root)) && record.filesystem === findFilesystem(paths.root).type;
    return isHere ? record.answers : {};
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error)) return {};
    throw error;
  }
}

/** What was not tried now, or could not be, is kept from the record before. */
export async function writeGround(
  paths: StorePaths,
  findings: readonly Finding[],
  at: string,
): Promise<void> {
  const answersOf = (some: readonly Finding[]): GroundAnswers =>
    Object.fromEntries(some.map(({probe, answer}) => [probe, answer]));
  const known = {
    ...answersOf(findings),
    ...(await readGround(paths)),
    ...answersOf(findings.filter(({answer}) => answer !== 'unknown')),
  };
  const record: GroundRecord = {
    groundVersion: GROUND_VERSION,
    at,
    device: await deviceOf(paths.root),
    filesystem: findFilesystem(paths.root).type,
    answers: Object.fromEntries(PROBES.flatMap((probe) => (known[probe] ? [[probe, known[probe]]] : []))),
  };
  await publishText(paths.ground, `${JSON.stringify(record, null, 2)}\n`);
}

async function deviceOf(folder: string): Promise<string> {
  return String((await stat(folder, {bigint: true})).dev);
}
