/**
 * Several videos for one load of Transfer1: a line of its batch file for each, with the prompt and the videos; everything else
 * is the same for all. One at a time, as a blocked video of several would shift the results of the others.
 */
import {canonicalBytes} from '../../../manifest/canonical.ts';
import {isObject, objectOf, onlyKeys, textOf, type Json} from '../../json.ts';
import {specInput} from '../../made-input.ts';
import type {ModelInput, NormalRequest, Sharing} from '../../model.ts';
import {folderOf} from '../../sharing/join.ts';
import {parseRecord} from '../nvidia/log.ts';
import {isAutomatic} from './asked.ts';
import {HINTS} from './hints.ts';
import {isMultiview} from './multiview.ts';

/** Names that differ from those of a run alone; `n` counts from 0. */
const NAMES: ReadonlyMap<string, string> = new Map([['output.txt', 'prompt.txt']]);

/** Computed from random numbers, of which a later item gets others than a run alone, or from the prompt of the spec. */
const UNLIKE_ALONE = ['vis', 'edge', 'seg'] as const;

export const sharing: Sharing = {
  keyOf,
  join: (members, argv) => ({
    argv: [...argv, '--batch_input_path', '{inputs.batch}'],
    files: [specFile(members), batchFile(members)],
  }),
  namesOf: (_member, item) => (name) => `video_${item - 1}/${NAMES.get(name) ?? name}`,
  startsItem: (line) =>
    /^Running batch generation with batch_size=/.test(parseRecord(line)?.message ?? '') ? 'next' : undefined,
  endsItem: (line) => {
    const [, place] =
      /^Saved video to .*\bvideo_(\d+)\/output\.mp4$/.exec(parseRecord(line)?.message ?? '') ?? [];
    return place === undefined ? undefined : Number(place) + 1;
  },
};

/** A line says the prompt, the video and the video of each control: the runs may differ in nothing else. */
function keyOf({makeSpec, inputs, parameters}: NormalRequest): string | undefined {
  const spec = makeSpec('');
  const isOfLines = inputs.every(({role}) => role === 'color' || HINTS.some((hint) => hint === role));
  const isWhole = textOf(spec['prompt']) !== undefined && textOf(spec['input_video_path']) !== undefined;
  const isUnlike =
    UNLIKE_ALONE.some((hint) => isAutomatic(spec, hint)) || parameters['upsample_prompt'] === true;
  const isOther =
    isMultiview(spec) || spec['upscale'] !== undefined || spec['regional_prompts'] !== undefined;
  if (isOther || !isOfLines || !isWhole || isUnlike) return undefined;
  return JSON.stringify([withoutLine(spec), parameters]);
}

/** What is the same for all; of the videos only whether there are any. */
function withoutLine(spec: Json): Json {
  const rest = onlyKeys(spec, (key) => key !== 'prompt' && key !== 'input_video_path');
  const isGiven = (value: unknown): unknown =>
    isObject(value) ? {...value, input_control: textOf(value['input_control']) !== undefined} : value;
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, isGiven(value)]));
}

/** That of the first: the program wants a video there, and takes those of the lines. */
function specFile([first]: readonly NormalRequest[]): ModelInput {
  if (!first) throw new Error('a load has members');
  return specInput((folder) => first.makeSpec(folderOf(1, folder)));
}

function batchFile(members: readonly NormalRequest[]): ModelInput {
  const make = (folder: string): Uint8Array => {
    const lines = members.map(({makeSpec}, index) => lineOf(makeSpec(folderOf(index + 1, folder))));
    // Each ends with a line end, and a blank line is none for the program.
    return Buffer.concat(lines.map(canonicalBytes));
  };
  return {...{name: 'batch.jsonl', role: 'batch', mediaType: 'application/jsonl'}, content: {make}};
}

function lineOf(spec: Json): Json {
  const given = HINTS.flatMap((hint) => {
    const video = textOf(objectOf(spec[hint])['input_control']);
    return video === undefined ? [] : [[hint, {input_control: video}]];
  });
  return {
    prompt: spec['prompt'],
    visual_input: spec['input_video_path'],
    ...(given.length > 0 && {control_overrides: Object.fromEntries(given) as Json}),
  };
}
