import {setMaxListeners} from 'node:events';

/** A signal that any number may wait for at once: beyond ten of them Node warns of a leak, on the user's terminal. */
export function sharedSignal(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal);
  return signal;
}
