/**
 * The log of a Cosmos model, line by line: loguru records (stdout) mixed with progress bars, warnings and tracebacks (stderr). Records
 * below WARNING echo prompts and whole specs, so nothing in them may decide how a run ended.
 */

export interface LogRecord {
  level: string;
  message: string;
}

const RECORD =
  /^\[(?:\d\d-\d\d \d\d:\d\d:\d\d)\|(?:job=[^|]*\|)?(?:\[Node[^|]*\| ?)?(TRACE|DEBUG|INFO|SUCCESS|WARNING|ERROR|CRITICAL)\|[^:\]]+:\d+:[^\]]+\] ?(.*)$/;
/** Colours are there only when stdout is a terminal. */
const COLOUR = /\x1b\[[0-9;]*m/g;
/** Of a message that every rank logs, and of a traceback of one of several ranks. */
const RANK = /^\[(?:RANK \d+|rank\d+)\]:?\s?/;
const QUIET = new Set(['TRACE', 'DEBUG', 'INFO', 'SUCCESS']);
const TRACEBACK = /^Traceback \(most recent call last\):/;
const FRAME = /^\s+File ".*", line \d+/;
/** Inside a spec that was printed over several lines, also when its beginning is not among the lines. */
const INSIDE_JSON = /^\s+["\]}]/;
/** Records whose text goes on in the next lines: a printed spec, a prompt. */
const ECHO = /^(?:control_inputs|args in json|final args|regional_prompts|Upsampl\w+ prompt)\b/;
/** The exception of torchrun itself: it says only that the program failed. */
const WRAPPER = /ChildFailedError/;

export function cleanLine(line: string): string {
  return line.replaceAll(COLOUR, '').trimEnd();
}

/** Undefined for a line that is no record. */
export function parseRecord(line: string): LogRecord | undefined {
  const [, level, message] = RECORD.exec(cleanLine(line)) ?? [];
  return level === undefined || message === undefined
    ? undefined
    : {level, message: message.replace(RANK, '')};
}

/** The lines that may decide why a run failed: loud records, tracebacks without source lines, plain stderr. */
export function decisiveLines(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let isEcho = false;
  let isSource = false;
  for (const raw of lines) {
    const line = cleanLine(raw).replace(RANK, '');
    const record = parseRecord(line);
    if (record) {
      isEcho = QUIET.has(record.level) && ECHO.test(record.message);
      isSource = false;
      if (!QUIET.has(record.level)) kept.push(line);
      continue;
    }
    if (TRACEBACK.test(line)) isEcho = false;
    const isSkipped = isEcho || (isSource && /^\s/.test(line)) || INSIDE_JSON.test(line);
    isSource = FRAME.test(line);
    if (!isSkipped) kept.push(line);
  }
  return kept;
}

/** The last line of the first traceback that is the program's own. */
export function findException(decisive: readonly string[]): string | undefined {
  let isInside = false;
  for (const line of decisive) {
    if (TRACEBACK.test(line)) {
      isInside = true;
    } else if (isInside && /^\S/.test(line)) {
      if (!WRAPPER.test(line)) return line;
      isInside = false;
    }
  }
  return undefined;
}
