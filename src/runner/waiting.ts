/**
 * What a run waits for before its job starts: its turn in the line for the GPUs of a machine, somebody who releases it,
 * or the end of other runs. The supervisor says it in state/place; for a run that is still at home its driver does.
 */
import {shortId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';

/** As it is kept in a document, with the time when it was first seen. */
export type SeenWaiting = NonNullable<RunDocument['execution']['waiting']>;

export type Waiting = Omit<SeenWaiting, 'at'>;

/** The one line of state/place: `2 of 3`, `held`, or `after` and ids. Undefined for anything else. */
export function parsePlace(text: string): Waiting | undefined {
  const line = text.trim();
  if (line === 'held') return {for: 'release'};
  const [, place, of] = /^([1-9]\d{0,5}) of ([1-9]\d{0,5})$/.exec(line) ?? [];
  if (place !== undefined) return {for: 'gpu', place: Number(place), of: Number(of)};
  const [word, ...runs] = line.split(' ');
  const isAfter = word === 'after' && runs.length > 0 && runs.every((id) => /^rs_[0-9a-f]{12,32}$/.test(id));
  return isAfter ? {for: 'runs', runs} : undefined;
}

export function isSameWaiting(a: Waiting | undefined, b: Waiting | undefined): boolean {
  if (!a || !b) return a === b;
  const [one, other] = [a, b].map((waiting) => [waiting.for, waiting.place, waiting.of, waiting.runs]);
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Few words, for columns and progress lines: `GPU line, 2 of 3`. */
export function describeWaiting(waiting: Waiting): string {
  if (waiting.for === 'release') return 'held in GPU line';
  if (waiting.for === 'runs') return `after ${(waiting.runs ?? []).map(shortId).join(', ')}`;
  return `GPU line, ${waiting.place ?? '?'} of ${waiting.of ?? '?'}`;
}
