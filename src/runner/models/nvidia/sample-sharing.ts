/** Several samples for one load of a model that takes a spec file for each; each is named by its item, so that their results lie apart. */
import {canonicalBytes} from '../../../manifest/canonical.ts';
import {textOf} from '../../json.ts';
import type {JobPlan, ModelInput, NormalRequest, Sharing} from '../../model.ts';
import {folderOf} from '../../sharing/join.ts';
import {parseRecord} from './log.ts';

export interface SharedSamples {
  keyOf: Sharing['keyOf'];
  /** What follows a sample's name in the names of its files. */
  separators: readonly string[];
  /** What the program makes once for all samples, whatever these are called. */
  common: readonly string[];
  /** The message that a sample begins with; the first group is its name. */
  begins: RegExp;
  /** The same of the message that a sample ends with, when it is saved. */
  ends: RegExp;
  /** Words that the command needs besides. */
  words?: readonly string[];
}

const ITEM = /^item_(\d+)$/;

function nameOfItem(item: number): string {
  return `item_${item}`;
}

export function shareSamples(family: SharedSamples): Sharing {
  return {
    keyOf: family.keyOf,
    join: (members, argv) => ({
      argv: withSpecs(argv, members.length, family.words ?? []),
      files: members.map((member, index) => specFile(member, index + 1)),
    }),
    nameOf: (member, item, name) => {
      const own = nameOf(member);
      const isOwn = family.separators.some((separator) => name.startsWith(`${own}${separator}`));
      return isOwn && !family.common.includes(name) ? `${nameOfItem(item)}${name.slice(own.length)}` : null;
    },
    startsItem: (line) => itemIn(line, family.begins),
    endsItem: (line) => itemIn(line, family.ends),
  };
}

function itemIn(line: string, pattern: RegExp): number | undefined {
  const [, name = ''] = pattern.exec(parseRecord(line)?.message ?? '') ?? [];
  const [, item] = ITEM.exec(name) ?? [];
  return item === undefined ? undefined : Number(item);
}

function nameOf(member: NormalRequest): string {
  return textOf(member.makeSpec('')['name']) ?? '';
}

function withSpecs(argv: JobPlan['argv'], count: number, words: readonly string[]): JobPlan['argv'] {
  const specs = Array.from({length: count}, (_, index) => `{inputs.${roleOf(index + 1)}}`);
  const [program, ...rest] = argv;
  return [program, ...rest.flatMap((word) => (word === '{spec}' ? specs : [word])), ...words];
}

function roleOf(item: number): string {
  return `spec-${item}`;
}

function specFile(member: NormalRequest, item: number): ModelInput {
  const make = (folder: string): Uint8Array =>
    canonicalBytes({...member.makeSpec(folderOf(item, folder)), name: nameOfItem(item)});
  return {
    ...{name: `${item}/spec.json`, role: roleOf(item), mediaType: 'application/json'},
    content: {make},
  };
}
