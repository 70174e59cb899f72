/**
 * The parameters of a run under the names and in the form in which the command line takes them, so that what was read can
 * be typed: `--weights` as `vis=0.25,edge=0.5`, every other one as `--set NAME=VALUE`.
 */
import {hanging, type LineOptions} from './lines.ts';
import {cleanLine, displayWidth, padRight} from './text.ts';

type Parameters = Readonly<Record<string, unknown>>;

/** Longer names do not move the values of the others. */
const NAME_WIDTH = 28;

/** `name  value`, one to a line, with the values below each other. */
export function parameterLines(parameters: Parameters, options: LineOptions): string[] {
  const pairs = Object.entries(parameters).map(
    ([name, value]) => [cleanLine(name), valueText(name, value)] as const,
  );
  const longest = Math.min(NAME_WIDTH, Math.max(0, ...pairs.map(([name]) => displayWidth(name))));
  return pairs.flatMap(([name, text]) => hanging(`${padRight(name, longest)}  `, text, 2, options));
}

/** `seed 3, canny_threshold low`: the same on few lines. */
export function parametersText(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${valueText(name, value)}`)
    .join(', ');
}

/** As it would be typed. */
export function valueText(name: string, value: unknown): string {
  if (/weights$/i.test(name) && typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([control, weight]) => `${control}=${String(weight)}`)
      .join(',');
  return typeof value === 'string' && !isJson(value) ? value : JSON.stringify(value);
}

/** Such a text would be taken for a number or a switch if it were typed as it is. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
