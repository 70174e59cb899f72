/** Progress bars of tqdm, as they stand in a log. */

export interface Bar {
  /** What stands before the bar; empty for none. */
  title: string;
  done: number;
  total: number;
}

const BAR =
  /^\s*(?:([^:|]{1,60}):\s*)?\d{1,3}%\|[^|]*\|\s*(\d+)\/(\d+) \[(?:\d+:)?\d+:\d+<[^,]+,\s*([^\]]+)\]/;

/** Undefined for a line that is no bar, and for downloads, which are counted in bytes. */
export function readBar(line: string): Bar | undefined {
  const [, title = '', done, total, rate = ''] = BAR.exec(line) ?? [];
  if (done === undefined || total === undefined || rate.endsWith('B/s')) return undefined;
  if (Number(total) === 0 || Number(done) > Number(total)) return undefined;
  return {title: title.trim(), done: Number(done), total: Number(total)};
}
