/* Generated from schemas/ by npm run generate; change the schema, not this file. */
import type {Digest} from '../cas/digest.ts';

export type RunId = string;
export type Time = string;
export type PromptId = string;

/**
 * One thing that a person asked for, and its result. Unknown members of a later cosmos are allowed and kept.
 */
export interface RunDocument {
  schema: 'cosmos/run/v1';
  id: RunId;
  /**
   * Other ids that find this run, such as old forms of imported ones.
   */
  aliases: string[];
  name: string | null;
  /**
   * load: loads a model once and makes the results of other runs, which take them from it.
   */
  kind: 'preview' | 'transfer' | 'upscale' | 'enhance' | 'load' | 'predict' | 'custom';
  model: {
    family: string;
    /**
     * Of a custom model: its name in cosmos.toml.
     */
    name?: string;
    adapterVersion: number;
    revision?: string;
    imageDigest?: string;
    checkpoints?: {
      [k: string]: string;
    };
  };
  status:
    | 'queued'
    | 'preparing'
    | 'uploading'
    | 'submitted'
    | 'running'
    | 'collecting'
    | 'completed'
    | 'failed'
    | 'cancelled';
  createdAt: Time;
  prompt: null | {
    id: PromptId;
    text: string;
    negative: string | null;
  };
  scene: null | {
    name: string;
    ref?: string;
  };
  batch?: {
    id: string;
    index: number;
    size: number;
    label?: string;
  };
  /**
   * The run that makes the outputs of this one beside those of others. What it does not make, this one makes by itself.
   */
  share?: {
    /**
     * Of kind load.
     */
    run: string;
    item: number;
  };
  /**
   * Of a run of kind load: whose outputs it makes, in the order of the items.
   */
  members?: RunId[];
  attempts: {
    number: number;
    at: Time;
    reason?: string;
    log?: Descriptor;
  }[];
  parents: {
    run: RunId;
    relation: 'upscale-of' | 'enhanced-from' | 'rerun-of';
  }[];
  /**
   * The run that is made of the result, before this one is recorded as completed.
   */
  next?: {
    /**
     * Chosen beforehand, so that it is made once, whoever makes it.
     */
    run: string;
    model: 'upscale';
    /**
     * Why there is no such run, although this one is completed.
     */
    notMade?: string;
  };
  /**
   * Runs that must have ended, however they ended, before this one starts.
   */
  after?: RunId[];
  /**
   * The effective spec that the model saw.
   */
  spec: null | Descriptor1;
  /**
   * Effective, after defaults; the shape belongs to the kind.
   */
  parameters: {
    [k: string]: unknown;
  };
  inputs: RunFile[];
  outputs: RunFile[];
  released: {
    descriptor: RunFile;
    at: Time;
    reason: string;
  }[];
  /**
   * Pictures of the videos among inputs and outputs, kept as long as the run, by the digest of the video. Absent until some are made.
   */
  thumbnails?: {
    [k: string]: Pictures;
  };
  /**
   * The name of an entry of outputs.
   */
  primaryOutput: string | null;
  /**
   * What the log says that a person should know, and that is no failure. Absent for nothing.
   */
  remarks?: string[];
  log: null | Descriptor1;
  /**
   * What was planned before submission, enough to submit the run from any process; null for imported runs.
   */
  plan: null | {
    /**
     * With places such as {outputs}; a literal brace is doubled.
     *
     * @minItems 1
     */
    argv: [string, ...string[]];
    /**
     * Names only.
     */
    environment: string[];
    outputs: {
      name: string;
      role: string;
      mediaType: string;
      isRequired: boolean;
      /**
       * A video that is smaller is wrong.
       */
      least?: {
        width: number;
        height: number;
      };
      /**
       * In a run of kind load: which member it belongs to, and what it is called there.
       */
      of?: {
        item: number;
        name: string;
      };
    }[];
    primaryOutput?: string;
    timeoutMs: number | null;
    /**
     * The model's own container image; null or absent: the target's.
     */
    image?: string | null;
    /**
     * Where the program starts, a template; null or absent: the job's folder.
     */
    workdir?: string | null;
    /**
     * Environment variables that are no secrets, as templates. One with a place such as {hfCache?} is left out where the target has no such folder.
     */
    variables?: {
      [k: string]: string;
    };
    /**
     * Folders of the target that a container sees besides the job's own; both sides are templates.
     */
    mounts?: {
      source: string;
      target: string;
      isReadOnly: boolean;
    }[];
    /**
     * What the target must have configured.
     */
    needs?: ('checkout' | 'checkpoints' | 'gpu' | 'hfCache')[];
    /**
     * How many GPUs the job takes.
     */
    gpus?: number;
    /**
     * Files that must be on the target and hold something, as templates.
     */
    requires?: string[];
    /**
     * How often the job is started again that failed by no fault of its own.
     */
    retries?: number;
  };
  execution: {
    target: string;
    launcher: string;
    command: string[];
    host?: string;
    /**
     * How the target was reached when the run was made.
     */
    address?: string;
    /**
     * The folder on the target that jobs/ lies in; absolute.
     */
    root?: string;
    /**
     * The id that the machine keeps in box.json: a moved machine keeps it, another one has another.
     */
    box?: string;
    job?: string;
    /**
     * Names of outputs that were not brought home because they could do harm; they are still in the job's folder.
     */
    refused?: string[];
    /**
     * Files that were not what they were when the job ended; they are still in its folder, as they were found.
     */
    altered?: {
      /**
       * Below the attempt's folder.
       */
      path: string;
      /**
       * The digest that was announced; null for a record that none was announced of.
       */
      expected: string | null;
      /**
       * The digest of what was there; null for no file.
       */
      found: string | null;
    }[];
    container?: string;
    gpu?: {
      name?: string;
      uuid?: string;
      driver?: string;
    };
    exitCode?: number | null;
    signal?: string | null;
    startedAt?: null | Time;
    endedAt?: null | Time;
    lastProofAt?: Time;
    /**
     * What the run was last seen to wait for; taken out when it goes on.
     */
    waiting?: {
      /**
       * gpu: a place in the line of the machine; release: it is held in that line; runs: others that must end first.
       */
      for: 'gpu' | 'release' | 'runs';
      place?: number;
      of?: number;
      runs?: RunId[];
      at: Time;
    };
    /**
     * When that came home which the job of an abandoned run had left on its target.
     */
    lateAt?: string;
    phaseMs?: {
      [k: string]: number;
    };
    /**
     * For how long nothing was heard of the job at most: its log did not grow, and its GPUs did nothing.
     */
    longestSilenceMs?: number;
  };
  cancelRequested: null | {
    at: Time;
    by: string;
    reason?: string;
  };
  cost?: {
    amount: number;
    currency: string;
    pricePerHour?: number;
  };
  failure: null | {
    class: string;
    message: string;
    /**
     * The log lines that decided it.
     */
    evidence: string[];
    isRetryable: boolean;
    advice: string;
  };
  events: {
    seq: number;
    at: Time;
    from: string | null;
    to: string;
    by: string;
    reason: string;
  }[];
  rating: null | number;
  tags: string[];
  notes: string | null;
  /**
   * The legacy record, verbatim.
   */
  imported?: {
    [k: string]: unknown;
  };
}
/**
 * Of an attempt that was followed by another; that of the last one is the log of the run.
 */
export interface Descriptor {
  mediaType: string;
  digest: Digest;
  size: number;
}
export interface Descriptor1 {
  mediaType: string;
  digest: Digest;
  size: number;
}
export interface RunFile {
  mediaType: string;
  digest: Digest;
  size: number;
  name: string;
  role: string;
  /**
   * True for what a job left that did not succeed: it may be cut off.
   */
  isPartial?: boolean;
  /**
   * True for what came home after the run was given up.
   */
  isLate?: boolean;
  media?: Media;
}
export interface Media {
  width: number;
  height: number;
  frames: number;
  fps: number;
  codec: string;
  durationSeconds: number;
}
/**
 * Of one video: the frame in its middle, and up to eight frames side by side, from the beginning to the end.
 */
export interface Pictures {
  poster: Thumbnail;
  strip: Thumbnail;
}
export interface Thumbnail {
  mediaType: string;
  digest: Digest;
  size: number;
  role: 'thumbnail';
}

/**
 * A text that runs are made from. Its id is made from the texts and from scene and parent where it has them, so the same prompt is one document.
 */
export interface PromptDocument {
  schema: 'cosmos/prompt/v1';
  id: string;
  aliases: string[];
  name: string | null;
  text: string;
  negative: string | null;
  /**
   * The name of the scene that it was written for.
   */
  scene?: string;
  /**
   * The version that this one was made from.
   */
  parent?: string;
  /**
   * Of a text that a model wrote: the run that it wrote it in, which has the version before as its prompt.
   */
  origin?: {
    run: string;
  };
  createdAt: string;
  /**
   * The legacy record, verbatim.
   */
  imported?: {
    [k: string]: unknown;
  };
}

/**
 * A named collection of blobs that belong to no run; a scene is one whose entries are the passes of a shot.
 */
export interface RefDocument {
  schema: 'cosmos/ref/v1';
  name: string;
  /**
   * Absent for a plain collection.
   */
  kind?: 'scene';
  description?: string;
  createdAt: string;
  /**
   * Pictures of the videos among the entries, by the digest of the video, as in runs. Absent until some are made.
   */
  thumbnails?: {
    [k: string]: {
      poster: {
        mediaType: string;
        digest: Digest;
        size: number;
        role: 'thumbnail';
      };
      strip: {
        mediaType: string;
        digest: Digest;
        size: number;
        role: 'thumbnail';
      };
    };
  };
  entries: {
    mediaType: string;
    digest: Digest;
    size: number;
    name: string;
    role?: string;
    media?: {
      width: number;
      height: number;
      frames: number;
      fps: number;
      codec: string;
      durationSeconds: number;
    };
  }[];
}

/**
 * What a person keeps whatever gc and retention think: a run, or blobs.
 */
export interface PinDocument {
  schema: 'cosmos/pin/v1';
  name: string;
  createdAt: string;
  owner: string;
  reason: string | null;
  run: null | string;
  blobs: {
    digest: Digest;
    size: number;
  }[];
}
