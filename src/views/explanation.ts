/** `gc explain` and `blob stat` as text. */
import type {Explanation} from '../workspace/garbage.ts';
import {formatTime} from './format.ts';

export function renderExplanation(explanation: Explanation, {hasHistory}: {hasHistory: boolean}): string[] {
  const {digest, namedBy, isAnnounced, storedAt, history} = explanation;
  return [
    ...(hasHistory ? [`${digest} is ${stateOf(explanation)}`] : []),
    namedBy.length > 0 ? `Kept by ${namedBy.join(', ')}` : 'No document names it',
    ...(isAnnounced ? ['A running process has announced that it needs it'] : []),
    ...(storedAt === null ? [] : [`Stored ${formatTime(storedAt)}; the grace time of gc counts from here`]),
    ...proofLines(explanation),
    ...(hasHistory ? historyLines(history) : []),
  ];
}

function proofLines({proof, state}: Explanation): string[] {
  if (proof !== null) return [`Last read and hashed ${formatTime(proof.at)}: ${proof.result}`];
  return state === 'present' ? ['Never read again since it was stored'] : [];
}

function stateOf({state, trashBatch}: Explanation): string {
  if (state === 'in the trash') return `in the trash; bring it back with: cosmos gc undo ${trashBatch ?? ''}`;
  return state === 'present' ? 'in the store' : 'not in the store and not in the trash';
}

function historyLines(history: Explanation['history']): string[] {
  if (history.length === 0) return ['The journal does not mention it'];
  return [
    'What the journal tells:',
    ...history.map(
      ({at, action, actor, reason}) =>
        `  ${formatTime(at)}  ${action} by ${actor}${typeof reason === 'string' ? `: ${reason}` : ''}`,
    ),
  ];
}
