/**
 * Whether LMDB's write lock keeps a second process out here, and whether both see the same bytes: tried with a real process
 * and an environment that is thrown away. The locks, and the file that both map into memory, are the ones that the
 * catalog would have in the same place.
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {sleep} from '../../platform/clock.ts';
import type {Observation, Probe} from '../../platform/ground/finding.ts';
import {nodeProgram} from '../../platform/node-program.ts';
import {Catalog} from './catalog.ts';

/** How long the second process stays in its transaction while this one tries to begin one: an idle lock is had in 1 ms. */
const STAY_MS = 200;
/** A slow disk or a busy machine must not look like a lock: at least so many times what a whole transaction takes. */
const STAY_TIMES = 10;
/** Node starts in a tenth of a second; a busy machine takes longer. */
const START_MS = 15_000;

/** Table and key in which the two processes leave a word. */
export const WORD = {table: 'words', key: 'last', inside: 'inside'} as const;

export const locksProbe: Probe = {
  probe: 'locks',
  run: async (folder) => {
    const place = join(folder, 'catalog');
    await mkdir(place);
    const catalog = Catalog.create(place);
    try {
      return await contend(catalog, place);
    } finally {
      await catalog.close();
    }
  },
};

/** @param other the folder in which the second process opens the environment; the same as that of `catalog` */
export async function contend(catalog: Catalog, other: string): Promise<Observation> {
  const table = catalog.table<string, string>(WORD.table);
  const start = performance.now();
  await catalog.transaction('a first word', () => {
    void table.put(WORD.key, 'first');
  });
  const idleMs = performance.now() - start;
  const child = spawn(process.execPath, [...nodeProgram('cas/catalog/exclusion-program'), other], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  const patience = new AbortController();
  try {
    const said = await Promise.race([
      once(child.stdout, 'data').then(String),
      ended.then(() => ''),
      sleep(START_MS, patience.signal).then(() => ''),
    ]);
    if (!said.startsWith(WORD.inside))
      return {answer: 'unknown', found: 'A second process could not be started to try it.'};
    let isIn = false;
    const word = catalog.transaction('a second word', () => {
      isIn = true;
      return table.get(WORD.key);
    });
    await sleep(Math.max(STAY_MS, STAY_TIMES * idleMs));
    const wasKeptOut = !isIn;
    child.stdin.end();
    return judge(wasKeptOut, await word);
  } finally {
    patience.abort();
    child.kill('SIGKILL');
    await ended;
  }
}

function judge(wasKeptOut: boolean, word: string | undefined): Observation {
  if (!wasKeptOut) return {answer: 'no', found: 'Two processes could write to the catalog at once.'};
  return word === WORD.inside
    ? {
        answer: 'yes',
        found: 'A second process waits while the first one writes, and then sees what it wrote.',
      }
    : {answer: 'no', found: 'A process does not see what another one has written to the catalog.'};
}
