/**
 * Opens a video file for demuxing and turns every way in which that can fail into one error that an artist can act on.
 * Knows containers and packets, not pixels; needs no codec.
 */
import {open} from 'node:fs/promises';
import type {EncodedPacketSink, Input, InputVideoTrack} from 'mediabunny';
import {CosmosError, isErrno} from '../errors.ts';
import {readBoxes} from './boxes.ts';
import type {BoxReport} from './boxes.ts';

/** An open video; dispose it to close the file. */
export interface OpenVideo extends Disposable {
  path: string;
  input: Input;
  track: InputVideoTrack;
  packets: EncodedPacketSink;
}

/** When a frame is shown, in microseconds. */
export interface Timing {
  timestampUs: number;
  durationUs: number;
}

/** `media.unreadable` for `path`; `problem` reads on after the file name. */
export function unreadable(path: string, problem: string, hint?: string, cause?: unknown): CosmosError {
  return new CosmosError('media.unreadable', `${path} ${problem}`, {
    hint: hint ?? 'Render or copy the file again.',
    cause,
    facts: {path},
  });
}

/**
 * Opens the primary video track of `path`. Throws `file.unreadable` when the file cannot be opened, `media.unreadable`
 * when it is empty, cut off, no video, or has no picture track.
 */
export async function openVideo(path: string): Promise<OpenVideo> {
  refuseCutFiles(path, await inspect(path));
  const {ALL_FORMATS, EncodedPacketSink, FilePathSource, Input} = await import('mediabunny');
  const input = new Input({formats: ALL_FORMATS, source: new FilePathSource(path)});
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null)
      throw unreadable(path, 'has no picture, only other tracks', 'Pass a file with a video track.');
    return {
      path,
      input,
      track,
      packets: new EncodedPacketSink(track),
      [Symbol.dispose]: () => input.dispose(),
    };
  } catch (error) {
    input.dispose();
    throw error instanceof CosmosError ? error : notAVideo(path, error);
  }
}

/**
 * When each frame is shown, in presentation order, read from the index without touching pictures (so 16 bytes a frame
 * are held). Throws `media.unreadable` when there is no frame.
 */
export async function listTimings(video: OpenVideo): Promise<Timing[]> {
  const timings: Timing[] = [];
  for await (const packet of video.packets.packets(undefined, undefined, {metadataOnly: true})) {
    const timestampUs = Math.round(packet.timestamp * 1e6);
    // Rounding the end instead of the length keeps neighbours touching and the sum of all exact.
    timings.push({
      timestampUs,
      durationUs: Math.round((packet.timestamp + packet.duration) * 1e6) - timestampUs,
    });
  }
  if (timings.length === 0) throw unreadable(video.path, 'has a video track without a single frame');
  return timings.sort((a, b) => a.timestampUs - b.timestampUs);
}

/** Keeps typed and file system errors; anything else that a demuxer or decoder throws means that the file is damaged. */
export function asDamage(path: string, error: unknown): Error {
  // Errors of the native codecs carry a code too, but no system call.
  if (error instanceof CosmosError || (isErrno(error) && 'syscall' in error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return unreadable(path, `is damaged: ${reason}`, undefined, error);
}

async function inspect(path: string): Promise<BoxReport> {
  try {
    const file = await open(path, 'r');
    try {
      return await readBoxes(file, (await file.stat()).size);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (!isErrno(cause)) throw cause;
    throw new CosmosError('file.unreadable', `${path} cannot be read (${String(cause.code)})`, {
      hint: 'Check the path and its permissions.',
      cause,
      facts: {path},
    });
  }
}

function refuseCutFiles(path: string, report: BoxReport): void {
  const {fileBytes, expectedBytes} = report;
  if (fileBytes === 0) throw unreadable(path, 'is empty (0 bytes): the render or the copy never finished');
  if (!report.isMp4) return;
  if (expectedBytes > fileBytes) {
    throw unreadable(path, `is cut off: ${String(fileBytes)} of ${String(expectedBytes)} bytes are there`);
  }
  if (!report.hasIndex) throw unreadable(path, 'has no index (no "moov" box): the recording never finished');
}

function notAVideo(path: string, cause: unknown): CosmosError {
  const hint = 'Pass an MP4, MOV, MKV or WebM file. A file of another kind does not become one by its name.';
  return unreadable(path, 'is not a video that can be read', hint, cause);
}
