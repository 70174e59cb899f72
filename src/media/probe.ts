/**
 * What a video file is, without decoding it: size, exact frame count, rate, codec. Pure demuxing, so it works without
 * the native codecs, and strict: a file whose samples are not all there is refused.
 */
import {asDamage, listTimings, openVideo, unreadable} from './container.ts';
import type {OpenVideo, Timing} from './container.ts';

export interface MediaFacts {
  /** Pixels, as stored. */
  width: number;
  height: number;
  /** Counted from the packets, exact. */
  frames: number;
  /** Frames per second over the whole file, to three decimals: 24, 29.97, 23.976. */
  fps: number;
  /** Full codec string when the file tells it (`avc1.640028`, RFC 6381), else the family (`avc`). */
  codec: string;
  durationSeconds: number;
}

/** How a track is encoded, beyond what people want to see: what a writer needs to keep timing and colours the same. */
export interface TrackTraits {
  /** Ticks per second of the track's clock; every timestamp is a whole number of ticks. */
  timescale: number;
  /** As the file declares it; absent when it says nothing. */
  colorSpace?: VideoColorSpaceInit;
}

/** Reads the facts of the first video track. Throws `file.unreadable` or `media.unreadable`. */
export async function probeVideo(path: string): Promise<MediaFacts> {
  using video = await openVideo(path);
  try {
    const {track} = video;
    const timings = await listTimings(video);
    const seconds = await measure(video, timings);
    return {
      width: await track.getCodedWidth(),
      height: await track.getCodedHeight(),
      frames: timings.length,
      fps: seconds > 0 ? Math.round((timings.length / seconds) * 1000) / 1000 : 0,
      codec: (await track.getCodecParameterString()) ?? (await track.getCodec()) ?? 'unknown',
      durationSeconds: seconds,
    };
  } catch (error) {
    throw asDamage(path, error);
  }
}

/** Reads the clock and the colours of the first video track. Throws like `probeVideo`. */
export async function readTraits(path: string): Promise<TrackTraits> {
  using video = await openVideo(path);
  const [timescale, config] = await Promise.all([
    video.track.getTimeResolution(),
    video.track.getDecoderConfig(),
  ]);
  return config?.colorSpace === undefined ? {timescale} : {timescale, colorSpace: config.colorSpace};
}

/** The presented length in seconds. Throws when the last sample is not really in the file. */
async function measure(video: OpenVideo, timings: Timing[]): Promise<number> {
  if ((await video.packets.getPacket(Infinity)) === null) {
    throw unreadable(video.path, 'is cut off: its last frames are not in the file');
  }
  const first = timings[0];
  const last = timings.at(-1);
  if (first === undefined || last === undefined) return 0;
  return (last.timestampUs + last.durationUs - first.timestampUs) / 1e6;
}
