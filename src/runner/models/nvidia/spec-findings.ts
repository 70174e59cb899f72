/**
 * What a schema has against a spec, in words. Each part of the schemas in schemas/models/ carries a description: what a value
 * must be, and of a rule for the whole spec the sentence that a person reads. One finding for each value, the innermost one.
 */
import type {ErrorObject} from 'ajv';
import {suggestion} from '../../../nearest.ts';
import type {Json} from '../../json.ts';

export interface SpecValidator {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null;
}

/** Everything that is wrong with a spec by its schema, in the order in which the schema looks. */
export function describeSpecMistakes(validate: SpecValidator, spec: Json): string[] {
  if (validate(spec)) return [];
  const errors = (validate.errors ?? []).filter(isTelling);
  const places = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    const place = placeOf(error);
    places.set(place, [...(places.get(place) ?? []), error]);
  }
  const names = Array.from(places.keys());
  const innermost = names.filter((place) => !names.some((other) => other.startsWith(`${place}/`)));
  return innermost.map((place) => describe(place, places.get(place) ?? []));
}

/** The branches of a rule and the subschemas of a choice say nothing that the rule itself does not. */
function isTelling({schemaPath, keyword}: ErrorObject): boolean {
  if (keyword === 'if' || /\/anyOf\/\d+\/required$/.test(schemaPath)) return false;
  return !schemaPath.startsWith('#/allOf/') || /^#\/allOf\/\d+\/(?:anyOf|not)$/.test(schemaPath);
}

function placeOf({schemaPath, instancePath, keyword, params}: ErrorObject): string {
  if (schemaPath.startsWith('#/allOf/')) return schemaPath;
  const {missingProperty, additionalProperty} = params as Record<string, string | undefined>;
  const member = keyword === 'required' ? missingProperty : additionalProperty;
  return member === undefined ? instancePath : `${instancePath}/${member}`;
}

function describe(place: string, errors: readonly ErrorObject[]): string {
  const [first] = errors;
  if (!first) return '';
  const {keyword, schemaPath} = first;
  const said = errors.map(descriptionOf).find((text) => text !== undefined) ?? first.message ?? 'different';
  if (schemaPath.startsWith('#/allOf/')) return said;
  const name = nameOf(place);
  if (keyword === 'additionalProperties' && 'additionalProperty' in first.params)
    return `unknown key "${name}"${suggestion(lastOf(place), keysOf(first))}`;
  if (keyword === 'required') return `"${name}" is missing; it must be ${missingOf(first)}`;
  return `"${name}" must be ${said}`;
}

/** `edge.control_weight`; a member of a list is counted from 1. */
function nameOf(place: string): string {
  const names = place.slice(1).split('/');
  return names.map((name) => (/^\d+$/.test(name) ? `${Number(name) + 1}` : name)).join('.');
}

function lastOf(place: string): string {
  return place.slice(place.lastIndexOf('/') + 1);
}

function descriptionOf({parentSchema}: ErrorObject): string | undefined {
  const description: unknown = parentSchema?.['description'];
  return typeof description === 'string' ? description : undefined;
}

function propertiesOf({parentSchema}: ErrorObject): Record<string, Json | undefined> {
  return (parentSchema?.['properties'] ?? {}) as Record<string, Json | undefined>;
}

function keysOf(error: ErrorObject): string[] {
  return Object.keys(propertiesOf(error));
}

function missingOf(error: ErrorObject): string {
  const property = propertiesOf(error)[String(error.params['missingProperty'])];
  return typeof property?.['description'] === 'string' ? property['description'] : 'there';
}
