/** What no schema can say of a transfer with Cosmos 3. */
import {objectOf, textOf} from '../../json.ts';
import {findUnlike, sumNote} from '../nvidia/look.ts';
import type {Sample} from '../nvidia/sample.ts';

const RECOMMENDED_FPS = [10, 30] as const;
const RECOMMENDED_FRAMES = [24, 400] as const;

export function look(sample: Sample): {findings: string[]; warnings: string[]} {
  return {
    findings: [...findUnlike(sample.inputs), ...findNothingToCompute(sample)],
    warnings: [...sumNote('Cosmos 3', sample, 'weight'), ...oddNumbers(sample), ...oddAddress(sample)],
  };
}

/** Edges and blur are computed from the video, so there has to be one. */
function findNothingToCompute({spec, controls}: Sample): string[] {
  if (textOf(spec['vision_path']) !== undefined) return [];
  return controls
    .filter(({key, isComputed}) => isComputed && textOf(objectOf(spec[key])['control_path']) === undefined)
    .map(({key}) => `"${key}" needs a "control_path": there is no "vision_path" to compute it from`);
}

function oddNumbers({spec, inputs}: Sample): string[] {
  const {fps, num_frames: frames} = spec;
  const there = inputs.find(({media}) => media !== undefined)?.media?.frames;
  const isOutside = (value: unknown, [from, to]: readonly [number, number]): boolean =>
    typeof value === 'number' && (value < from || value > to);
  return [
    ...(isOutside(fps, RECOMMENDED_FPS) ? [`fps is ${String(fps)}; Cosmos 3 was trained with 10 to 30`] : []),
    ...(isOutside(frames, RECOMMENDED_FRAMES)
      ? [`num_frames is ${String(frames)}; Cosmos 3 works best with 24 to 400`]
      : []),
    ...(typeof frames === 'number' && (frames - 1) % 4 !== 0
      ? [
          `num_frames is ${frames}; Cosmos 3 makes ${4 * Math.ceil((frames - 1) / 4) + 1}, one more than a multiple of 4`,
        ]
      : []),
    ...(typeof frames === 'number' && there !== undefined && frames > there
      ? [`num_frames is ${frames}, but the input has ${there} frames`]
      : []),
  ];
}

function oddAddress({spec}: Sample): string[] {
  const address = textOf(spec['vision_path']);
  return address !== undefined && /^\w+:\/\//.test(address)
    ? ['"vision_path" is an address: the target reads it itself, and cosmos keeps no copy of it']
    : [];
}
