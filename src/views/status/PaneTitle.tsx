/** The rule above a pane or a full view: what it shows, and what else there is. */
import {Text} from 'ink';
import type {ReactElement} from 'react';
import type {Paint} from '../paint.ts';
import {cutToWidth, displayWidth} from '../text.ts';

export interface PaneTitleProps {
  title: string;
  /** At the right end; left out where there is no room. */
  note?: string;
  width: number;
  paint: Paint;
}

export function PaneTitle({title, note = '', width, paint}: PaneTitleProps): ReactElement {
  const {rule, ellipsis} = paint.signs;
  const head = cutToWidth(title, width - 4, ellipsis);
  const spare = width - displayWidth(head) - 4;
  const tail = note !== '' && displayWidth(note) + 6 <= spare ? ` ${note} ${rule}` : '';
  return (
    <Text wrap="truncate-end">
      {paint.faint(rule)} {paint.strong(head)}{' '}
      {paint.faint(rule.repeat(Math.max(0, spare + 1 - displayWidth(tail))) + tail)}
    </Text>
  );
}
