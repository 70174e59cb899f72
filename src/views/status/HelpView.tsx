/** Every key with what it does, from the table that the dispatcher reads. */
import type {ReactElement} from 'react';
import type {Paint} from '../paint.ts';
import {cutToWidth, padRight} from '../text.ts';
import {BINDINGS} from './keys.ts';
import {Lines} from './Lines.tsx';

export interface HelpViewProps {
  height: number;
  width: number;
  paint: Paint;
}

export function HelpView({height, width, paint}: HelpViewProps): ReactElement {
  const bindings = BINDINGS.filter(({mode}) => mode === 'normal');
  const longest = Math.max(...bindings.map(({label}) => label.length));
  const lines = bindings.map(({label, help}) =>
    cutToWidth(`${padRight(label, longest)}  ${help}`, width, paint.signs.ellipsis),
  );
  if (lines.length <= height) return <Lines lines={lines} height={height} />;
  const more = `${lines.length - height + 1} more; make the window taller`;
  return <Lines lines={[...lines.slice(0, height - 1), paint.faint(more)]} height={height} />;
}
