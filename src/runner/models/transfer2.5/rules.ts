/** What no schema can say of a sample of Transfer2.5: combinations, videos that do not fit, and what it would ignore without a word. */
import {suggestion} from '../../../nearest.ts';
import {objectOf, textOf, type Json} from '../../json.ts';
import {BUCKETS_720, describeReshaping} from '../nvidia/aspect.ts';
import {findUnlike, sumNote} from '../nvidia/look.ts';
import type {Sample} from '../nvidia/sample.ts';

/** Frames of one chunk; the distilled model makes no second one. */
const CHUNK_FRAMES = 93;

/** Members of a control that Transfer2.5 reads; what a control holds besides them it drops without a word. */
const CONTROL_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  edge: ['preset_edge_threshold'],
  vis: ['preset_blur_strength'],
  depth: [],
  seg: ['control_prompt'],
};
const EVERY_MEMBER = ['control_path', 'control_weight', 'mask_path', 'mask_prompt'];

export function look(sample: Sample): {findings: string[]; warnings: string[]} {
  return {
    findings: [...findUnlike(sample.inputs), ...findDistilled(sample)],
    warnings: [
      ...oddControls(sample),
      ...sumNote('Transfer2.5', sample, 'control_weight'),
      ...(sample.spec['resolution'] === '720'
        ? describeReshaping('Transfer2.5', colorOf(sample), BUCKETS_720)
        : []),
    ],
  };
}

function colorOf({inputs}: Sample): Sample['inputs'][number]['media'] {
  return inputs.find(({role}) => role === 'color')?.media;
}

function findDistilled(sample: Sample): string[] {
  const {spec, options, controls} = sample;
  if (options['checkpoint'] !== 'edge/distilled') return [];
  const frames = Math.min(colorOf(sample)?.frames ?? 0, Number(spec['max_frames'] ?? Infinity));
  return [
    ...(controls.map(({key}) => key).join() === 'edge'
      ? []
      : ['edge/distilled takes edge as the only control']),
    ...(frames > CHUNK_FRAMES
      ? [
          `edge/distilled makes at most ${CHUNK_FRAMES} frames, the video has ${frames}; --max-frames ${CHUNK_FRAMES} cuts it`,
        ]
      : []),
  ];
}

function oddControls({spec, controls}: Sample): string[] {
  return controls.flatMap(({key}) => {
    const control: Json = objectOf(spec[key]);
    const members = [...EVERY_MEMBER, ...(CONTROL_MEMBERS[key] ?? [])];
    const unknown = Object.keys(control).filter((member) => !members.includes(member));
    const isMasked =
      textOf(control['mask_path']) !== undefined && textOf(control['mask_prompt']) !== undefined;
    return [
      ...unknown.map(
        (member) => `unknown key "${key}.${member}"; Transfer2.5 ignores it${suggestion(member, members)}`,
      ),
      ...(isMasked ? [`"${key}.mask_prompt" has no effect: a mask is given`] : []),
    ];
  });
}
