/**
 * What one worker does with one frame: computes the controls that have no file and mixes everything into the output.
 * Pictures are whole I420 buffers (luma, then both chroma planes), as pictureOf and wrapPicture of the media layer have
 * them.
 */
import {blurPlane} from './blur.ts';
import {detectEdges, makeCannyMemory} from './canny.ts';
import type {CannyMemory} from './canny.ts';
import {composeFrame} from './compose.ts';
import type {ControlName} from './controls.ts';
import {BLUR_FACTORS, CANNY_THRESHOLDS} from './presets.ts';
import type {Preset} from './presets.ts';

/** What stays the same for every frame of a run. */
export interface RenderPlan {
  width: number;
  height: number;
  cannyThreshold: Preset;
  blurStrength: Preset;
  /** In the order of mixing; `isGiven` controls arrive with each frame. */
  controls: {name: ControlName; weight: number; isGiven: boolean}[];
}

export interface RenderInput {
  color: Uint8Array<ArrayBuffer>;
  given: Partial<Record<ControlName, Uint8Array<ArrayBuffer>>>;
}

export interface RenderOutput {
  output: Uint8Array<ArrayBuffer>;
  computed: Partial<Record<ControlName, Uint8Array<ArrayBuffer>>>;
}

/** White and black of video (ITU-R BT.709: 235 and 16), and grey chroma. */
const WHITE = 235;
const BLACK = 16;
const GREY = 128;

/** Renders frames of one plan; keeps its working memory between frames. */
export class Renderer {
  readonly #plan: RenderPlan;
  readonly #canny: CannyMemory;
  /** Buffers of given controls that are mixed already: fresh memory for every picture costs as much as the blur. */
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];

  constructor(plan: RenderPlan) {
    this.#plan = plan;
    this.#canny = makeCannyMemory(plan.width, plan.height);
  }

  /** Renders one frame; the mix is written over `color`, which becomes `output`. */
  render({color, given}: RenderInput): RenderOutput {
    const computed: RenderOutput['computed'] = {};
    const layers = this.#plan.controls.map(({name, isGiven}) => {
      if (isGiven) return requirePicture(given, name);
      return (computed[name] = this.#compute(name, color));
    });
    const weights = this.#plan.controls.map((control) => control.weight);
    composeFrame(color, layers, weights, color);
    this.#spare.push(...Object.values(given));
    return {output: color, computed};
  }

  /** A picture to be written over from the first byte to the last. */
  #blank(length: number): Uint8Array<ArrayBuffer> {
    const spare = this.#spare.pop();
    return spare?.length === length ? spare : new Uint8Array(length);
  }

  #compute(name: ControlName, color: Uint8Array): Uint8Array<ArrayBuffer> {
    if (name === 'edge') return this.#edge(color);
    if (name === 'vis') return this.#vis(color);
    throw new Error(`no method for ${name}`);
  }

  #edge(color: Uint8Array): Uint8Array<ArrayBuffer> {
    const {width, height, cannyThreshold} = this.#plan;
    const luma = width * height;
    const picture = this.#blank(color.length);
    const thresholds = CANNY_THRESHOLDS[cannyThreshold];
    detectEdges(color.subarray(0, luma), picture.subarray(0, luma), this.#canny, {
      ...thresholds,
      on: WHITE,
      off: BLACK,
    });
    return picture.fill(GREY, luma);
  }

  #vis(color: Uint8Array): Uint8Array<ArrayBuffer> {
    const {width, height, blurStrength} = this.#plan;
    const factor = BLUR_FACTORS[blurStrength];
    const half = {width: (width + 1) >> 1, height: (height + 1) >> 1};
    const luma = width * height;
    const chroma = half.width * half.height;
    const picture = this.#blank(color.length);
    blurPlane(color.subarray(0, luma), picture.subarray(0, luma), {width, height}, factor);
    for (const start of [luma, luma + chroma]) {
      blurPlane(
        color.subarray(start, start + chroma),
        picture.subarray(start, start + chroma),
        half,
        factor / 2,
      );
    }
    return picture;
  }
}

function requirePicture(given: RenderInput['given'], name: ControlName): Uint8Array<ArrayBuffer> {
  const picture = given[name];
  if (picture === undefined) throw new Error(`no picture for ${name}`);
  return picture;
}
