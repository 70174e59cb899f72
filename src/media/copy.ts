/**
 * Copies a video track into a fresh MP4 without decoding: the same packets, the same times, a clean index up front.
 * Other tracks (sound, time code) are left behind. Needs no codec.
 */
import {rm} from 'node:fs/promises';
import type {OutputFormat, VideoCodec} from 'mediabunny';
import {asDamage, listTimings, openVideo, unreadable} from './container.ts';
import type {OpenVideo} from './container.ts';
import {removeTimes} from './timeless.ts';

/**
 * Copies the video track of `from` to a new file `to`, replacing what is there; a failed file is removed. Throws
 * `file.unreadable`, `media.unreadable` (also for codecs that MP4 does not hold), and file system errors.
 */
export async function copyVideo(from: string, to: string): Promise<{frames: number}> {
  using video = await openVideo(from);
  try {
    const expected = (await listTimings(video)).length;
    const frames = await remux(video, to);
    if (frames !== expected) {
      throw unreadable(
        from,
        `is cut off: ${String(frames)} of its ${String(expected)} frames are in the file`,
      );
    }
    return {frames};
  } catch (error) {
    await rm(to, {force: true});
    throw asDamage(from, error);
  }
}

async function remux(video: OpenVideo, to: string): Promise<number> {
  const {EncodedVideoPacketSource, FilePathTarget, Mp4OutputFormat, Output} = await import('mediabunny');
  const format = new Mp4OutputFormat({fastStart: 'in-memory'});
  const codec = await supportedCodec(video, format);
  const output = new Output({format, target: new FilePathTarget(to)});
  const source = new EncodedVideoPacketSource(codec);
  const {track} = video;
  const [timescale, rotation, decoderConfig] = await Promise.all([
    track.getTimeResolution(),
    track.getRotation(),
    track.getDecoderConfig(),
  ]);
  // The muxer takes its clock from the "frame rate" of the track: the source's own clock keeps every time to the tick.
  output.addVideoTrack(source, {frameRate: timescale, rotation});
  let frames = 0;
  try {
    await output.start();
    for await (const packet of video.packets.packets()) {
      await source.add(packet, decoderConfig === null ? {} : {decoderConfig});
      frames += 1;
    }
    await output.finalize();
    await removeTimes(to);
  } catch (error) {
    await output.cancel().catch(() => undefined);
    throw error;
  }
  return frames;
}

async function supportedCodec(video: OpenVideo, format: OutputFormat): Promise<VideoCodec> {
  const codec = await video.track.getCodec();
  if (codec !== null && format.getSupportedCodecs().includes(codec)) return codec;
  const name = codec ?? String(await video.track.getInternalCodecId());
  throw unreadable(
    video.path,
    `uses the codec ${name}, which an MP4 cannot hold`,
    'Encode it as H.264 with pixel format yuv420p.',
  );
}
