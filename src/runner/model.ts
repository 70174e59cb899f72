/**
 * What a model adapter is: five functions, from what a person asked for to why it ended as it did. Adapters know specs,
 * command lines and log lines; they never touch the store, the network or the run's document.
 */
import type {ExitRecord} from './job.ts';
import type {RunDocument, RunFile} from '../manifest/types.gen.ts';
import type {Flags, ParameterTable} from './models/parameters.ts';
import type {RunSource} from './source.ts';

/** How much a control counts: a number, or the absolute path of a .pt file with a map of weights for the picture. */
export type Weight = number | string;
export type Weights = Readonly<Record<string, Weight>>;

/** What a person asked for. */
export interface RunRequest {
  source: RunSource;
  prompt: string | null;
  negative: string | null;
  /** By control; only what was given. */
  weights: Weights;
  /** `--set key=value`, parsed as JSON where it is JSON, else text. */
  set: Readonly<Record<string, unknown>>;
  seed: number | null;
  /** Parameters that several models have, by the name of their flag; only what was given. */
  flags: Flags;
  /** Parameters of an earlier run that this one takes over where nothing else is said. */
  base?: Readonly<Record<string, unknown>>;
}

/** A file that goes to the job as inputs/<name>. */
export interface ModelInput {
  name: string;
  role: string;
  mediaType: string;
  /** Where it is now, absolute; or its bytes, which may name other inputs by the folder that they will lie in. */
  content: {path: string} | {bytes: Uint8Array} | {make: (inputFolder: string) => Uint8Array};
  media?: RunFile['media'];
}

/** The request with every default filled in, checked as far as it can be checked here. */
export interface NormalRequest {
  kind: RunDocument['kind'];
  model: RunDocument['model'];
  scene: RunDocument['scene'];
  /** The texts as the model will see them; null for a model without a prompt. */
  prompt: {text: string; negative: string | null} | null;
  parameters: Record<string, unknown>;
  /** The effective spec, with the inputs' paths below `inputFolder`; becomes inputs/spec.json. */
  makeSpec: (inputFolder: string) => Record<string, unknown>;
  inputs: ModelInput[];
  /** What was asked for and will have no effect, or looks like a mistake. */
  warnings: string[];
}

export type JobPlan = NonNullable<RunDocument['plan']>;
export type Failure = NonNullable<RunDocument['failure']>;

export interface Progress {
  done: number;
  /** 0 where the line says what is being done, but not how much of it there is. */
  total: number;
  phase: string;
  /** Which of several pieces of the video it is, counted from 1. */
  part?: {index: number; of: number};
}

/** How a job ended, as far as the classifier may look. */
export interface JobEnd {
  exit: ExitRecord;
  /** The last lines of the log, oldest first. */
  logTail: readonly string[];
  /** Expected outputs that are absent, empty or unreadable, with the reason. */
  problems: readonly OutputProblem[];
}

export interface OutputProblem {
  name: string;
  reason: string;
}

export interface Model {
  /** What can be asked for, and the defaults; null when the settings of a custom model say it. */
  table: ParameterTable | null;
  /** What a spec file looks like; a sentence for somebody whose file is none. */
  specHint: string;
  /** Checks the request and fills in defaults. @throws CosmosError input.invalid with every finding at once */
  normalise(request: RunRequest): Promise<NormalRequest>;
  /** Inputs to command line, environment and expected outputs. */
  plan(normal: NormalRequest): JobPlan;
  readProgress(line: string): Progress | undefined;
  /** Its counts are of all the work of a run, and not of one of several pieces. */
  countsAll?: true;
  /** What of the expected outputs cannot be right; media are read from where they are in the store. */
  checkOutputs(files: readonly CollectedFile[], plan: JobPlan): Promise<OutputProblem[]>;
  /** Why it failed; null when it succeeded. Never judges by the exit code alone. */
  classify(end: JobEnd): Failure | null;
  /** What a line of the log says that a person should know of the run, and that is no failure. */
  remarkOn?: (line: string) => string | undefined;
  /** Of a model that can make several results with one load. */
  sharing?: Sharing;
}

/** How several runs of a model become items of one job. Items are counted from 1. */
export interface Sharing {
  /** Runs with the same key differ only in what one job can do for each of them. Undefined for a run that needs a job of its own. */
  keyOf(normal: NormalRequest): string | undefined;
  /**
   * The command of the job of all, and what it reads besides the inputs of the members, which lie in `<item>/` below inputs/. `argv` is
   * that of the first member alone.
   */
  join(
    members: readonly NormalRequest[],
    argv: JobPlan['argv'],
  ): {argv: JobPlan['argv']; files: ModelInput[]};
  /** What the job of all calls each output of a member; null for what it makes once for all. */
  namesOf(member: NormalRequest, item: number): (name: string) => string | null;
  /** Whether a line of the log begins an item, as far as the line tells which. */
  startsItem: (line: string) => number | 'next' | undefined;
  /** Which item a line of the log says to be done and saved. */
  endsItem: (line: string) => number | undefined;
}

/** What is needed of a model when its job runs or has ended. */
export type EndedModel = Pick<
  Model,
  'readProgress' | 'countsAll' | 'checkOutputs' | 'classify' | 'remarkOn' | 'sharing'
>;

export interface CollectedFile {
  name: string;
  size: number;
  mediaType: string;
  /** Path of the bytes, for readers of media. */
  path: string;
}
