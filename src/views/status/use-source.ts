/** The state of a source, read at most ten times a second and at least once, so that ages stay true. */
import {useEffect, useState} from 'react';
import {orderRows} from './row-order.ts';
import type {DashboardSource, DashboardState} from './source.ts';

const FRAME_MS = 100;
const AGES_MS = 1000;

export function useSource(source: DashboardSource): DashboardState {
  const [{state}, setState] = useState(() => read(source));
  useEffect(() => {
    // Read while rendering: what it throws then ends the dashboard in order, with the terminal restored.
    const refresh = (): void => setState(() => read(source));
    const throttled = throttle(refresh);
    const stop = source.subscribe(throttled.call);
    const ticking = setInterval(refresh, AGES_MS);
    return () => {
      stop();
      throttled.stop();
      clearInterval(ticking);
    };
  }, [source]);
  return state;
}

function read(source: DashboardSource): {state: DashboardState} {
  const state = source.read();
  return {state: {...state, rows: orderRows(state.rows)}};
}

/** At once when it was quiet, then once per frame, and once more after the last call. */
function throttle(task: () => void): {call: () => void; stop: () => void} {
  let timer: NodeJS.Timeout | undefined;
  let isDue = false;
  const call = (): void => {
    if (timer) {
      isDue = true;
      return;
    }
    task();
    timer = setTimeout(() => {
      timer = undefined;
      if (!isDue) return;
      isDue = false;
      call();
    }, FRAME_MS);
  };
  return {call, stop: () => clearTimeout(timer)};
}
