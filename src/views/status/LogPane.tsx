/** The end of the chosen run's log, or further up when it was scrolled. Only the lines on the screen are laid out. */
import type {ReactElement} from 'react';
import type {Paint} from '../paint.ts';
import {cleanLogLine, cutToWidth} from '../text.ts';
import {Lines} from './Lines.tsx';
import type {DashboardDetail} from './source.ts';

export interface LogPaneProps {
  detail: DashboardDetail | undefined;
  /** The chosen run; `detail` may still be about the one before. */
  selected: string | undefined;
  height: number;
  width: number;
  paint: Paint;
  /** Lines between the last one shown and the end. */
  scroll?: number;
}

export function LogPane({detail, selected, height, width, paint, scroll = 0}: LogPaneProps): ReactElement {
  const log = detail?.id === selected ? (detail?.logTail ?? []) : [];
  if (log.length === 0) return <Lines lines={[paint.faint('no log yet')]} height={height} />;
  const end = log.length - Math.min(scroll, mostScroll(log.length, height));
  const lines = log.slice(Math.max(0, end - height), end);
  return (
    <Lines
      lines={lines.map((line) => cutToWidth(cleanLogLine(line), width, paint.signs.ellipsis))}
      height={height}
    />
  );
}

export function mostScroll(lines: number, height: number): number {
  return Math.max(0, lines - height);
}
