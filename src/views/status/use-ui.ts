/** Keys in, state of the screen out; asks the source where an action reaches beyond the screen. */
import {useEffect, useReducer, useRef} from 'react';
import {shortId} from '../../manifest/names.ts';
import {findAction} from './keys.ts';
import type {DashboardSource} from './source.ts';
import {act, choose, INITIAL, type UiFacts, type UiState} from './ui-state.ts';

export interface Ui {
  ui: UiState;
  /** A key by its name. */
  press: (name: string, facts: UiFacts) => void;
}

export function useUi(source: DashboardSource, rows: UiFacts['rows'], leave: () => void): Ui {
  const latest = useRef(INITIAL);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  // Several keys may arrive between two drawings, and each must see what the one before has done.
  latest.current = choose(latest.current, rows);
  const {selected} = latest.current;
  useEffect(() => {
    if (selected !== undefined) source.setSelected(selected);
  }, [source, selected]);

  const change = (changes: Partial<UiState>): void => {
    latest.current = {...latest.current, ...changes};
    redraw();
  };
  const cancel = (id: string): void => {
    source.cancel(id).then(
      () => change({notice: `${shortId(id)} was asked to stop.`}),
      (error: unknown) =>
        change({notice: `Not cancelled: ${error instanceof Error ? error.message : String(error)}`}),
    );
  };
  const press = (name: string, facts: UiFacts): void => {
    const before = latest.current;
    const action = findAction(name, before.confirming === undefined ? 'normal' : 'confirm');
    if (!action) return;
    change(act(before, action, facts));
    if (action === 'leave') leave();
    if (action === 'yes' && before.confirming !== undefined) cancel(before.confirming);
  };
  return {ui: latest.current, press};
}
