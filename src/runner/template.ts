/** Argument templates: `{outputs}` is a place, `{{` and `}}` are literal braces. */
import {CosmosError} from '../errors.ts';

const PATTERN = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/** Names of the places in a template. @throws CosmosError config.invalid for a lone brace */
export function placesIn(template: string): string[] {
  return Array.from(template.matchAll(PATTERN), ([match, name]) => {
    if (match === '{{' || match === '}}') return [];
    if (name === undefined) throw loneBrace(template);
    return [name];
  }).flat();
}

/** Fills the places; one without a value is left as it is when `isPartial`, else it is an error. */
export function fillTemplate(
  template: string,
  values: Readonly<Record<string, string>>,
  isPartial = false,
): string {
  return template.replaceAll(PATTERN, (match, name: string | undefined) => {
    if (match === '{{' || match === '}}') return isPartial ? match : match.slice(1);
    if (name === undefined) throw loneBrace(template);
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) return isPartial ? escapeBraces(value) : value;
    if (isPartial) return match;
    throw new CosmosError(
      'config.invalid',
      `The argument "${template}" has a place {${name}} that nothing fills.`,
      {
        hint: `Places are ${Object.keys(values)
          .map((key) => `{${key}}`)
          .join(', ')}; write {{ and }} for literal braces.`,
      },
    );
  });
}

/** Makes a text stand for itself inside a template. */
export function escapeBraces(text: string): string {
  return text.replaceAll('{', '{{').replaceAll('}', '}}');
}

function loneBrace(template: string): CosmosError {
  return new CosmosError('config.invalid', `The argument "${template}" has a lone brace.`, {
    hint: 'Write {{ and }} for literal braces.',
  });
}
