/** The parameters of an enhancement, and why the flags of a render cannot act on it. */
import {FLAG_NAMES, type ParameterTable} from '../parameters.ts';

const TEXT = 'an enhancement writes a text';

/** Enough for a long prompt, also of a model that thinks before it answers. */
export const MOST_TOKENS = 2000;

export const ENHANCE: ParameterTable = {
  parameters: [
    {
      key: 'frames',
      at: {spec: 'frames'},
      meaning:
        'how many frames are shown: the first, the last, and others evenly between; else the setting models.enhance.frames',
    },
    {
      key: 'frame_size',
      at: {spec: 'frame_size'},
      meaning: 'the longer side of a frame in pixels, at most; else the setting models.enhance.frameSize',
    },
    {
      key: 'max_tokens',
      at: {spec: 'max_tokens'},
      default: MOST_TOKENS,
      meaning: 'how long the answer may be; an answer that is cut off fails the run',
    },
    {
      key: 'temperature',
      at: {spec: 'temperature'},
      meaning: "how freely the model writes, 0 to 2; else the endpoint's own",
    },
    {
      key: 'seed',
      at: {spec: 'seed'},
      meaning: 'of the random numbers, where the endpoint has one; also --seed',
    },
    {
      key: 'instruction',
      at: {spec: 'instruction'},
      meaning: 'what the model is told to do, in other words than those of cosmos',
    },
  ],
  refused: Object.fromEntries(FLAG_NAMES.map((name) => [name, TEXT])),
};
