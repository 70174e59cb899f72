/**
 * The lines that the preview program prints, and their reader: one file, so that program and adapter cannot drift apart.
 */

export interface Progress {
  /** Frames. */
  done: number;
  total: number;
  phase: string;
}

/** The first line: what a preview is, said before anything else. */
export const PREVIEW_NOTICE =
  'preview: no model runs; edge by Canny, vis by blur, depth and seg as given; the prompt is recorded, not rendered';

const FRAME_LINE = /^preview: frame (\d+)\/(\d+)$/;
const END_LINE = /^preview: (\d+) frames in [\d.]+ s \([\d.]+ frames\/s\)$/;

/** `preview: frame 12/48` */
export function formatFrame(done: number, total: number): string {
  return `preview: frame ${String(done)}/${String(total)}`;
}

/** `preview: 48 frames in 2.31 s (20.8 frames/s)` */
export function formatEnd(frames: number, seconds: number): string {
  return `preview: ${String(frames)} frames in ${seconds.toFixed(2)} s (${(frames / seconds).toFixed(1)} frames/s)`;
}

/** `preview: error: color.mp4 is not a video`, always one line. */
export function formatError(message: string): string {
  return `preview: error: ${message.replaceAll(/\s*[\r\n]+\s*/g, ' ')}`;
}

/** Reads one line of the log. Undefined for lines that say nothing about progress. */
export function readProgress(line: string): Progress | undefined {
  const text = line.trimEnd();
  const frame = FRAME_LINE.exec(text);
  if (frame !== null) return {done: Number(frame[1]), total: Number(frame[2]), phase: 'compose'};
  const end = END_LINE.exec(text);
  if (end !== null) return {done: Number(end[1]), total: Number(end[1]), phase: 'done'};
  return undefined;
}
