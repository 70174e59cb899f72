/** The last line: a question, an answer or message, or the keys. */
import {Text} from 'ink';
import type {ReactElement} from 'react';
import type {Paint} from '../paint.ts';
import {cleanLine, cutToWidth} from '../text.ts';
import {BINDINGS, type Binding} from './keys.ts';

export interface FooterProps {
  /** Whose keys are shown. */
  view: 'list' | 'full';
  /** Must be answered before anything else. */
  question?: string | undefined;
  /** Shown instead of the keys. */
  message?: string | undefined;
  width: number;
  paint: Paint;
}

export function Footer({view, question, message, width, paint}: FooterProps): ReactElement {
  if (question !== undefined)
    return <Text wrap="truncate-end">{paint.warn(withTail(question, '  y yes  n no', width, paint))}</Text>;
  if (message !== undefined)
    return <Text wrap="truncate-end">{paint.warn(withTail(message, '  ? help', width, paint))}</Text>;
  return <Text wrap="truncate-end">{paint.faint(hintText(view, width))}</Text>;
}

/** The text is cut, the tail never. */
function withTail(text: string, tail: string, width: number, {signs}: Paint): string {
  return cutToWidth(cleanLine(text), width - tail.length, signs.ellipsis) + tail;
}

/** As many hints as fit; help, back and leave stay longest. */
function hintText(view: 'list' | 'full', width: number): string {
  let hints = BINDINGS.filter(({mode, hints: words}) => mode === 'normal' && words?.[view] !== undefined);
  while (hints.length > 1 && joinHints(hints, view).length > width) {
    const dropped = Math.max(
      0,
      hints.findLastIndex(({action}) => !LASTING.has(action)),
    );
    hints = hints.filter((_, index) => index !== dropped);
  }
  return joinHints(hints, view);
}

const LASTING: ReadonlySet<Binding['action']> = new Set(['help', 'back', 'leave']);

function joinHints(bindings: readonly Binding[], view: 'list' | 'full'): string {
  return bindings.map(({short, hints}) => `${short} ${hints?.[view] ?? ''}`).join('  ');
}
