/** The parameters of the upscaler: those of Transfer1 that act on it, with the defaults of NVIDIA's own example. */
import type {ParameterTable} from '../parameters.ts';
import {SEG_KEYS, TRANSFER1} from '../transfer1/parameters.ts';

/** What an upscale takes when nobody says, as NVIDIA's example does. */
export const UPSCALE_STEPS = 10;
export const UPSCALE_WEIGHT = 0.5;
/** The result plays at the speed of the input. */
const DEFAULTS: Readonly<Record<string, unknown>> = {num_steps: UPSCALE_STEPS, fps: undefined};
/** They shape controls that an upscale does not have. */
const IDLE = [
  'blur_strength',
  'canny_threshold',
  ...SEG_KEYS,
  'use_distilled',
  'upsample_prompt',
  'offload_prompt_upsampler',
];
const NO_CONTROL = 'an upscale has no control but the video itself';

export const UPSCALE: ParameterTable = {
  parameters: [
    {
      key: 'control_weight',
      at: {spec: 'upscale.control_weight'},
      default: UPSCALE_WEIGHT,
      meaning: 'how closely the result keeps to the input',
    },
    ...TRANSFER1.parameters
      .filter(({key}) => !IDLE.includes(key))
      .map((parameter) =>
        parameter.key in DEFAULTS ? {...parameter, default: DEFAULTS[parameter.key]} : parameter,
      ),
  ],
  refused: {
    ...TRANSFER1.refused,
    resolution: 'the upscaler makes about three times the size of the input',
    'blur-strength': NO_CONTROL,
    'canny-threshold': NO_CONTROL,
  },
};
