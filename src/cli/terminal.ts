/** What the terminal on stdout can show. */
import {paintFor, type Paint} from '../views/paint.ts';

/** Lines that go to a file or another program are not cut to a screen; this is wide enough for every column. */
const WIDTH_WITHOUT_TERMINAL = 200;

export function terminal(): {width: number; paint: Paint} {
  const {stdout} = process;
  const width = stdout.isTTY ? stdout.columns : WIDTH_WITHOUT_TERMINAL;
  return {width, paint: paintFor(stdout, process.env)};
}
