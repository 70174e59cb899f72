/**
 * Proof that a video plays: every frame is decoded, and as many come out as the file lists. Decoders hide small damage in
 * the pictures themselves (a few flipped bytes become a smear); only a digest finds that.
 */
import {decodeFrames} from './frames.ts';

/** Decodes `path` from end to end. Throws `file.unreadable`, `media.unreadable`, `media.unavailable`. */
export async function decodeAll(
  path: string,
  options: {signal?: AbortSignal} = {},
): Promise<{frames: number}> {
  let frames = 0;
  for await (const frame of decodeFrames(path, options)) frames = frame.index + 1;
  return {frames};
}
