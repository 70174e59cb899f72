/** Lines of labelled values, the building blocks of everything that is printed about one run. */
import type {Paint} from './paint.ts';
import {displayWidth, padRight, wrapToWidth} from './text.ts';

export interface LineOptions {
  /** Columns of the terminal. */
  width: number;
  paint: Paint;
}

type Style = (text: string) => string;
const asIs: Style = (text) => text;

/** Column at which values begin. */
const LABEL_WIDTH = 12;

/** `Label      value`, wrapped, with the continuation under the value. */
export function field(label: string, value: string, options: LineOptions, style: Style = asIs): string[] {
  const head = padRight(label, LABEL_WIDTH);
  return wrapToWidth(value, options.width - LABEL_WIDTH).map((line, index) => {
    const start = index === 0 ? options.paint.faint(head) : ' '.repeat(LABEL_WIDTH);
    return line === '' ? '' : start + style(line);
  });
}

/** Wrapped lines, all moved to the right. */
export function indented(text: string, indent: number, {width}: LineOptions, style: Style = asIs): string[] {
  return wrapToWidth(text, width - indent).map((line) =>
    line === '' ? '' : ' '.repeat(indent) + style(line),
  );
}

/** A value in fewer columns than this begins on a line of its own. */
const LEAST_VALUE = 16;

/** A `head` and a value that wraps beside it, or below it where it is narrow; both moved to the right. */
export function hanging(head: string, value: string, indent: number, options: LineOptions): string[] {
  const start = ' '.repeat(indent) + head;
  const used = displayWidth(start);
  if (options.width - used < LEAST_VALUE) {
    return [...indented(head.trimEnd(), indent, options), ...indented(value, indent + 4, options)];
  }
  const [first = '', ...more] = indented(value, used, options);
  return [(start + first.slice(used)).trimEnd(), ...more];
}

/** Nothing at all when there is nothing to say. */
export function section(title: string, lines: readonly string[], {paint}: LineOptions): string[] {
  return lines.length === 0 ? [] : [paint.strong(title), ...lines];
}

/** Sections with an empty line between them. */
export function joinSections(sections: readonly (readonly string[])[]): string[] {
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? [...lines] : ['', ...lines]));
}
