/** What names can do here: be taken once, point to the same file twice, replace and be replaced. */
import {link, lstat, mkdir, open, readdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {isErrno} from '../../errors.ts';
import type {Observation} from './finding.ts';

/** More than wait in Node's pool of four threads, so that several really are at it at once. */
const RIVALS = 12;

export async function exclusiveCreateProbe(folder: string): Promise<Observation> {
  const file = join(folder, 'file');
  const winners = [
    await countWon(async () => (await open(file, 'wx')).close()),
    await countWon(() => mkdir(join(folder, 'folder'))),
  ];
  return winners.every((won) => won === 1)
    ? {answer: 'yes', found: `Of ${RIVALS} who took a name at once, one got it.`}
    : {answer: 'no', found: 'A name that was taken could be taken again.', facts: {winners}};
}

async function countWon(take: () => Promise<void>): Promise<number> {
  const results = await Promise.allSettled(Array.from({length: RIVALS}, take));
  for (const result of results) {
    const isRefused = result.status === 'fulfilled' || isErrno(result.reason, 'EEXIST');
    if (!isRefused) throw result.reason;
  }
  return results.filter(({status}) => status === 'fulfilled').length;
}

/** Documents need the first, locks without hard links the second. */
export async function renameProbe(folder: string): Promise<Observation> {
  const [from, to] = [join(folder, 'new'), join(folder, 'old')];
  await writeFile(to, 'old, and longer');
  await writeFile(from, 'new');
  await rename(from, to);
  const names = await readdir(folder);
  if (names.length !== 1 || (await readFile(to, 'utf8')) !== 'new')
    return {answer: 'no', found: 'A file that was renamed over another one did not take its place.'};
  for (const name of ['lock', 'draft']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'held'), name);
  }
  const isRefused = await rename(join(folder, 'draft'), join(folder, 'lock')).then(
    () => false,
    (error: unknown) => isErrno(error),
  );
  return isRefused
    ? {answer: 'yes', found: 'A new file takes the place of an old one in one step.'}
    : {answer: 'no', found: 'A folder with something in it was replaced by another one.'};
}

/** A link that is a copy, or that replaces, is worse than none. */
export async function hardLinkProbe(folder: string): Promise<Observation> {
  const [file, other, second] = [join(folder, 'file'), join(folder, 'other'), join(folder, 'second')];
  await writeFile(file, 'one');
  await writeFile(other, 'other');
  try {
    await link(file, second);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return {answer: 'no', found: `A file cannot have two names here (${error.code ?? error.message}).`};
  }
  const [first, again] = [await lstat(file, {bigint: true}), await lstat(second, {bigint: true})];
  await writeFile(file, 'changed');
  const isSame = first.ino === again.ino && (await readFile(second, 'utf8')) === 'changed';
  if (!isSame) return {answer: 'no', found: 'A second name of a file does not show to be the same file.'};
  const isRefused = await link(other, second).then(
    () => false,
    (error: unknown) => isErrno(error, 'EEXIST'),
  );
  return isRefused
    ? {answer: 'yes', found: 'A file can have two names, and a name that is taken is not replaced.'}
    : {answer: 'no', found: 'A second name replaces what is there.'};
}

export async function namesByCaseProbe(folder: string): Promise<Observation> {
  await writeFile(join(folder, 'name'), '');
  const isFolded = await lstat(join(folder, 'NAME')).then(
    () => true,
    (error: unknown) => {
      if (isErrno(error, 'ENOENT')) return false;
      throw error;
    },
  );
  return isFolded
    ? {answer: 'no', found: '"name" and "NAME" are the same file.'}
    : {answer: 'yes', found: '"name" and "NAME" are two files.'};
}
