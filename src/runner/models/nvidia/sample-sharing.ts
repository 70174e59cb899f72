/** Several samples for one load of a model that takes a spec file for each, named by their items, so that results lie apart. */
import {textOf} from '../../json.ts';
import {jsonInput} from '../../made-input.ts';
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
    namesOf: (member, item) => {
      const own = nameOf(member);
      return (name) => {
        const isOwn = family.separators.some((separator) => name.startsWith(`${own}${separator}`));
        return isOwn && !family.common.includes(name) ? `${nameOfItem(item)}${name.slice(own.length)}` : null;
      };
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
  return jsonInput({name: `${item}/spec.json`, role: roleOf(item)}, (folder) => ({
    ...member.makeSpec(folderOf(item, folder)),
    name: nameOfItem(item),
  }));
}
