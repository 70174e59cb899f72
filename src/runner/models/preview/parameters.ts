/** The parameters of a preview, and the flags that only a model that renders can act on. */
import type {ParameterTable} from '../parameters.ts';
import {DEFAULT_PRESET, PRESETS} from './presets.ts';

const RENDERED = 'a preview renders nothing; it acts only on a model, such as --model transfer1';

export const PREVIEW: ParameterTable = {
  parameters: [
    {
      key: 'blur_strength',
      flag: 'blur-strength',
      at: {spec: 'blur_strength'},
      default: DEFAULT_PRESET,
      actsOn: 'vis',
      meaning: `of a computed vis: ${PRESETS.join(', ')}`,
    },
    {
      key: 'canny_threshold',
      flag: 'canny-threshold',
      at: {spec: 'canny_threshold'},
      default: DEFAULT_PRESET,
      actsOn: 'edge',
      meaning: `of computed edges: ${PRESETS.join(', ')}; a higher one draws fewer lines`,
    },
    {key: 'seed', at: {spec: 'seed'}, default: 1, meaning: 'recorded; a preview uses no randomness'},
  ],
  refused: {
    steps: RENDERED,
    guidance: RENDERED,
    'sigma-max': RENDERED,
    gpus: 'a preview needs no GPU',
    fps: 'a preview keeps the frame rate of the scene',
    resolution: 'a preview keeps the size of the scene',
    'max-frames': 'a preview shows the whole scene',
  },
};
