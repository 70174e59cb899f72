/** The line of a key, for messages: the key's own line, else the first line of its table, else of what holds it. */
import type {Part, Path} from './scan.ts';
import {isSamePath, startsWith} from './scan.ts';

/** The line (from 1) that best shows `path`; line 1 when nothing of it is written. */
export function lineOf(text: string, parts: readonly Part[], path: Path): number {
  for (let depth = path.length; depth > 0; depth--) {
    const wanted = path.slice(0, depth);
    const part =
      parts.find((each) => isSamePath(each.path, wanted)) ??
      parts.find((each) => startsWith(each.path, wanted));
    if (part) return lineAt(text, part.start);
  }
  return 1;
}

/** The line (from 1) of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
