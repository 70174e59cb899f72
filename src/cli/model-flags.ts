/** The flags of `cosmos run` that stand for parameters of models. Each model says what they become, or why it cannot take them. */
import * as Flags from '@oclif/core/flags';
import type {FlagName, Flags as ModelFlags} from '../runner/models/parameters.ts';

const GROUP = 'PARAMETERS OF THE MODEL';
const PRESETS = 'very_low, low, medium, high or very_high';

/** A number in any form that people write one in; the model's own rules come later. */
const number = Flags.custom<number>({
  parse: (text) => {
    const value = Number(text);
    return text.trim() !== '' && Number.isFinite(value)
      ? Promise.resolve(value)
      : Promise.reject(new Error(`"${text}" is not a number`));
  },
});

export const modelFlags = {
  steps: Flags.integer({description: 'steps of the diffusion', helpGroup: GROUP}),
  guidance: number({description: 'how closely the prompt is followed', helpGroup: GROUP}),
  'sigma-max': number({description: 'how much of the input is replaced by noise', helpGroup: GROUP}),
  fps: Flags.integer({description: 'frames per second of the result', helpGroup: GROUP}),
  resolution: Flags.string({description: 'the size that the model works at, such as 720', helpGroup: GROUP}),
  'max-frames': Flags.integer({description: 'how many frames of the input are read', helpGroup: GROUP}),
  'blur-strength': Flags.string({description: `of a computed vis: ${PRESETS}`, helpGroup: GROUP}),
  'canny-threshold': Flags.string({description: `of computed edges: ${PRESETS}`, helpGroup: GROUP}),
  gpus: Flags.integer({description: 'how many GPUs one run takes', helpGroup: GROUP}),
};

/** Only those that were given. */
export function modelFlagsOf(flags: Readonly<Record<string, unknown>>): ModelFlags {
  const names = Object.keys(modelFlags) as FlagName[];
  return Object.fromEntries(
    names.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]),
  );
}
