/**
 * The parameters of a transfer with Cosmos 3 (cosmos_framework, with its own defaults), and the flags that cannot act on it.
 * What has no default here depends on the control: guidance 3 and control_guidance 1.5 for edge, blur and depth, 3 and 2 for
 * seg, 1 and 3 for wsm; the model fills it in.
 */
import {CHUNK, GPUS, OFFLOAD_GUARDRAILS, PORT, SHOWN, STEPS, STRENGTHS} from '../nvidia/parameters.ts';
import type {ParameterTable} from '../parameters.ts';

export const COSMOS3: ParameterTable = {
  parameters: [
    STEPS,
    {
      key: 'guidance',
      flag: 'guidance',
      at: {spec: 'guidance'},
      meaning: 'how closely the prompt is followed, 0 to 7; else what fits the control',
    },
    {
      key: 'control_guidance',
      at: {spec: 'control_guidance'},
      meaning: 'how closely the controls are followed, 0 to 10; else what fits the control',
    },
    {key: 'shift', at: {spec: 'shift'}, meaning: 'shift of the noise schedule; else 10'},
    {key: 'sigma_max', flag: 'sigma-max', at: {spec: 'sigma_max'}, meaning: 'noise to start from; else 80'},
    {
      key: 'seed',
      at: {spec: 'seed'},
      default: 0,
      meaning: '0 to 4294967295; also --seed. Without one the model would draw another each time',
    },
    {
      key: 'fps',
      flag: 'fps',
      at: {spec: 'fps'},
      meaning: 'frames per second of the result; of a scene those of its colour pass',
    },
    {
      key: 'resolution',
      flag: 'resolution',
      at: {spec: 'resolution'},
      isText: true,
      meaning: 'the size that the model works at: 256, 480, 704, 720, 768',
    },
    {key: 'aspect_ratio', at: {spec: 'aspect_ratio'}, meaning: 'such as 16,9; else that of the input'},
    {key: 'num_frames', at: {spec: 'num_frames'}, meaning: 'frames to make; rounded up to 4k+1'},
    {
      key: 'max_frames',
      flag: 'max-frames',
      at: {spec: 'max_frames'},
      meaning: 'frames of the input that are read; else 5000',
    },
    CHUNK,
    {
      key: 'num_conditional_frames',
      at: {spec: 'num_conditional_frames'},
      default: 1,
      meaning: 'frames that a chunk takes over from the one before',
    },
    ...SHOWN,
    {
      key: 'canny_threshold',
      flag: 'canny-threshold',
      at: {spec: 'edge.preset_edge_threshold'},
      actsOn: 'edge',
      meaning: `of computed edges: ${STRENGTHS}`,
    },
    {
      key: 'blur_strength',
      flag: 'blur-strength',
      at: {spec: 'blur.preset_blur_strength'},
      actsOn: 'blur',
      meaning: `of a computed blur: none, ${STRENGTHS}`,
    },
    {
      key: 'checkpoint',
      at: {option: '--checkpoint-path'},
      takes: ['Cosmos3-Nano', 'Cosmos3-Super'],
      default: 'Cosmos3-Nano',
      meaning: 'Nano needs 32 GB of GPU memory, Super 128 GB',
    },
    {...GPUS, at: {option: '--nproc-per-node'}, meaning: 'more GPUs take less time'},
    {...PORT, at: {option: '--master-port'}},
    OFFLOAD_GUARDRAILS,
    {
      key: 'no_diffusion_cache',
      at: {option: '--no-diffusion-cache'},
      takes: 'switch',
      default: false,
      meaning: 'compute every step in full; slower, and exact',
    },
  ],
  refused: {},
};
