/** Ctrl-C as an AbortSignal: the first one asks to leave in good order, a second one ends the process at once. */
import {sharedSignal} from './shared-signal.ts';

/** Runs `work` with a signal that aborts at the first SIGINT or SIGTERM. */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (): void => {
    controller.abort();
    stopListening();
  };
  const stopListening = (): void => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await work(sharedSignal(controller.signal));
  } finally {
    stopListening();
  }
}

/** The same, for work that is of no use when it was stopped. @returns undefined then */
export async function unlessInterrupted<T>(
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  return withInterrupt(async (signal) => {
    try {
      return await work(signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  });
}
