/**
 * Decodes a video into planar I420 frames, in presentation order. Memory is bounded: only a few native frames exist at
 * any time, and every one is closed before its pixels are handed out.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import type {EncodedPacket} from 'mediabunny';
import type {VideoDecoder, VideoFrame} from '@napi-rs/webcodecs';
import {CosmosError} from '../errors.ts';
import {loadCodecs} from './codecs.ts';
import type {Codecs} from './codecs.ts';
import {PicturePool} from './picture-pool.ts';
import {asDamage, listTimings, openVideo, unreadable} from './container.ts';
import type {OpenVideo, Timing} from './container.ts';
import {wrapPicture} from './frame.ts';
import type {Frame} from './frame.ts';

/** Packets in the decoder at once: enough to keep its threads busy, few enough to stay small (1.4 MB each at 720p). */
const IN_FLIGHT = 8;

const H264_HINT = 'Encode it as H.264 with pixel format yuv420p.';

/** How long to leave the decoder alone when it is full. One frame takes about 3 ms at 720p. */
const POLL_MS = 1;

export interface DecodeOptions {
  signal?: AbortSignal;
  /** By index; the others are decoded and not handed out, which saves their copies. Default: all. */
  only?: ReadonlySet<number>;
  /** Where pictures come from; the reader gives them back when nobody reads them any more. */
  pool?: PicturePool;
}

/**
 * The frames of `path`. Throws `file.unreadable`, `media.unreadable` (also when fewer frames come out than packets went
 * in), `media.unavailable` without codecs, and the signal's reason.
 */
export async function* decodeFrames(path: string, options: DecodeOptions = {}): AsyncGenerator<Frame, void> {
  const session = await DecodeSession.open(path, options);
  try {
    yield* session.frames(options.signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof CosmosError ? error : session.damage(error);
  } finally {
    session.close();
  }
}

/**
 * One decoder on one file; its life is one decodeFrames. Pictures leave the decoder in presentation order, but carry the
 * timestamps of packets in decoding order, so timing comes from the container instead.
 */
class DecodeSession {
  readonly #video: OpenVideo;
  readonly #pool: PicturePool;
  readonly #only: ReadonlySet<number> | undefined;
  readonly #codecs: Codecs;
  readonly #decoder: VideoDecoder;
  readonly #ready: VideoFrame[] = [];
  #timings: Timing[] = [];
  #failure: Error | undefined;
  #delivered = 0;

  private constructor(video: OpenVideo, codecs: Codecs, {pool = new PicturePool(), only}: DecodeOptions) {
    this.#pool = pool;
    this.#only = only;
    this.#video = video;
    this.#codecs = codecs;
    this.#decoder = new codecs.VideoDecoder({
      output: (frame) => this.#ready.push(frame),
      error: (error) => (this.#failure ??= error),
    });
  }

  static async open(path: string, options: DecodeOptions): Promise<DecodeSession> {
    const codecs = await loadCodecs();
    const session = new DecodeSession(await openVideo(path), codecs, options);
    try {
      session.#timings = await listTimings(session.#video);
      await session.#configure();
      return session;
    } catch (error) {
      session.close();
      throw asDamage(path, error);
    }
  }

  async *frames(signal: AbortSignal | undefined): AsyncGenerator<Frame, void> {
    for await (const packet of this.#video.packets.packets()) {
      this.#send(packet);
      yield* this.#drain(signal);
      while (this.#decoder.decodeQueueSize >= IN_FLIGHT) {
        await sleep(POLL_MS);
        yield* this.#drain(signal);
      }
    }
    await this.#decoder.flush();
    yield* this.#drain(signal);
    if (this.#delivered !== this.#timings.length) throw this.damage();
  }

  close(): void {
    for (const frame of this.#ready.splice(0)) frame.close();
    if (this.#decoder.state !== 'closed') this.#decoder.close();
    this.#video[Symbol.dispose]();
  }

  async #configure(): Promise<void> {
    const {track, path} = this.#video;
    const known = await track.getDecoderConfig();
    const config = {
      codec: known?.codec ?? 'unknown',
      codedWidth: await track.getCodedWidth(),
      codedHeight: await track.getCodedHeight(),
      hardwareAcceleration: 'prefer-software' as const,
      ...descriptionOf(known),
    };
    const support = await this.#codecs.VideoDecoder.isConfigSupported(config).catch(() => ({
      supported: false,
    }));
    if (!support.supported) {
      throw unreadable(path, `uses the codec ${config.codec}, which cannot be decoded here`, H264_HINT);
    }
    this.#decoder.configure(config);
  }

  #send(packet: EncodedPacket): void {
    if (this.#failure !== undefined) throw this.#failure;
    const {type, data, microsecondTimestamp: timestamp} = packet;
    this.#decoder.decode(new this.#codecs.EncodedVideoChunk({type, data, timestamp}));
  }

  /** Hands out what is decoded; looks at the signal before each step, so that an abort takes effect at once. */
  async *#drain(signal: AbortSignal | undefined): AsyncGenerator<Frame, void> {
    signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
    for (let native = this.#ready.shift(); native !== undefined; native = this.#ready.shift()) {
      const frame = await this.#take(native);
      if (frame) yield frame;
      signal?.throwIfAborted();
    }
  }

  /** Copies the planes out of a native frame that is wanted, and closes it. */
  async #take(native: VideoFrame): Promise<Frame | undefined> {
    try {
      if (native.format !== 'I420') {
        const problem = `stores pixels as ${String(native.format)}, not as 8 bit 4:2:0`;
        throw unreadable(this.#video.path, problem, H264_HINT);
      }
      const index = this.#delivered++;
      const timing = this.#timings[index];
      if (timing === undefined)
        throw unreadable(this.#video.path, 'is damaged: it decodes to more frames than it lists');
      if (this.#only && !this.#only.has(index)) return undefined;
      const {width, height} = native.visibleRect;
      const picture = this.#pool.take(native.allocationSize());
      await native.copyTo(picture);
      return wrapPicture(picture, {index, ...timing, width, height});
    } finally {
      native.close();
    }
  }

  /** What an artist needs to know of a decoder that gave up; its own words go into the cause. */
  damage(cause?: unknown): CosmosError {
    const counts = `only ${String(this.#delivered)} of its ${String(this.#timings.length)} frames can be decoded`;
    return unreadable(this.#video.path, `is damaged: ${counts}`, undefined, this.#failure ?? cause);
  }
}

/** The codec's set-up bytes; containers may hand out a buffer or a view. */
function descriptionOf(config: {description?: unknown} | null): {description?: Uint8Array} {
  const source = config?.description;
  if (source instanceof ArrayBuffer) return {description: new Uint8Array(source)};
  if (!ArrayBuffer.isView(source)) return {};
  return {description: new Uint8Array(source.buffer, source.byteOffset, source.byteLength)};
}
