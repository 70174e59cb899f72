/** Time as a parameter: everything that needs the hour takes a `Now`, so that tests can set it. */

/** Milliseconds since the epoch. */
export type Now = () => number;

export const systemNow: Now = () => Date.now();

/** `2026-11-23T14:05:09.123Z`, the only form of time in documents and journals. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Resolves after `ms`, or as soon as the signal aborts; never rejects. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, {once: true});
  });
}
