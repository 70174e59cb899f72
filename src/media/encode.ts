/**
 * Writes I420 frames as an H.264 MP4 whose index comes first, so that players start at once. The native x264 is fixed at
 * preset "superfast", tune "zerolatency" (no B-frames), whatever is asked; measured on two cores at 1280x704: 140 to 360
 * frames/s. Quality is constant (CRF 23), so the size follows the content, and a failed file is removed.
 */
import {rm} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import type {EncodedVideoPacketSource, Output} from 'mediabunny';
import type {EncodedVideoChunk, EncodedVideoChunkMetadata, VideoEncoder} from '@napi-rs/webcodecs';
import {CosmosError} from '../errors.ts';
import {loadCodecs} from './codecs.ts';
import type {Codecs} from './codecs.ts';
import type {Timing} from './container.ts';
import {pictureOf} from './frame.ts';
import {removeTimes} from './timeless.ts';
import type {Frame} from './frame.ts';
import {codecString, refuseOddSizes, sizeOf} from './settings.ts';
import type {VideoSettings} from './settings.ts';

/** Frames in the encoder at once, which bounds memory: 1.4 MB each at 720p. */
const IN_FLIGHT = 4;
const POLL_MS = 1;

/** A key frame this often: seeking decodes at most so much, and files stay a few per cent smaller than with one a second. */
const KEY_SECONDS = 2;

/** One video being written. Ends in `finish` or `abort`; a failing `write` or `finish` aborts by itself. */
export class VideoWriter {
  readonly path: string;
  readonly #settings: VideoSettings;
  readonly #codecs: Codecs;
  readonly #encoder: VideoEncoder;
  readonly #output: Output;
  readonly #source: EncodedVideoPacketSource;
  readonly #timings: Timing[] = [];
  #muxing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #written = 0;

  private constructor(
    path: string,
    settings: VideoSettings,
    parts: {codecs: Codecs; output: Output; source: EncodedVideoPacketSource},
  ) {
    this.path = path;
    this.#settings = settings;
    this.#codecs = parts.codecs;
    this.#output = parts.output;
    this.#source = parts.source;
    this.#encoder = new parts.codecs.VideoEncoder({
      output: (chunk, metadata) => this.#mux(chunk, metadata),
      error: (error) => (this.#failure ??= error),
    });
  }

  /**
   * Starts writing at `path`, replacing what is there. Throws `media.unavailable` without codecs, `input.invalid` for
   * sizes that 4:2:0 cannot hold, and file system errors.
   */
  static async open(path: string, settings: VideoSettings): Promise<VideoWriter> {
    refuseOddSizes(settings);
    const codecs = await loadCodecs();
    const {EncodedVideoPacketSource, FilePathTarget, Mp4OutputFormat, Output} = await import('mediabunny');
    const output = new Output({
      format: new Mp4OutputFormat({fastStart: 'in-memory'}),
      target: new FilePathTarget(path),
    });
    const source = new EncodedVideoPacketSource('avc');
    const writer = new VideoWriter(path, settings, {codecs, output, source});
    // The muxer takes its clock from the "frame rate" of the track, so that is where the timescale goes.
    output.addVideoTrack(source, settings.timescale === undefined ? {} : {frameRate: settings.timescale});
    await writer.#guard(async () => {
      await output.start();
      writer.#configure();
    });
    return writer;
  }

  /** Queues one frame; resolves when the encoder has room for the next. The planes may be reused afterwards. */
  async write(frame: Frame): Promise<void> {
    await this.#guard(async () => {
      this.#encode(frame);
      while (this.#encoder.encodeQueueSize >= IN_FLIGHT && this.#failure === undefined) await sleep(POLL_MS);
      if (this.#failure !== undefined) throw this.#failure;
    });
  }

  /** Ends the file and resolves when it is complete on disk (not synced). */
  async finish(): Promise<{frames: number}> {
    await this.#guard(async () => {
      await this.#encoder.flush();
      await this.#muxing;
      if (this.#failure !== undefined) throw this.#failure;
      await this.#output.finalize();
      await removeTimes(this.path);
      this.#encoder.close();
    });
    return {frames: this.#written};
  }

  /** Stops and removes the file. May be called at any time, also after a failure. */
  async abort(): Promise<void> {
    if (this.#encoder.state !== 'closed') this.#encoder.close();
    // What made the writer fail makes the muxer fail too; the file goes either way.
    await this.#muxing.catch(() => undefined);
    await this.#output.cancel().catch(() => undefined);
    await rm(this.path, {force: true});
  }

  async #guard(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  #configure(): void {
    const {width, height, fps} = this.#settings;
    this.#encoder.configure({
      codec: codecString(this.#settings),
      width,
      height,
      framerate: fps,
      bitrateMode: 'quantizer',
      latencyMode: 'quality',
      hardwareAcceleration: 'prefer-software',
      avc: {format: 'avc'},
    });
  }

  #encode(frame: Frame): void {
    const {width, height, fps} = this.#settings;
    if (frame.width !== width || frame.height !== height) {
      throw new CosmosError(
        'input.invalid',
        `a frame of ${sizeOf(frame)} does not fit into a video of ${sizeOf(this.#settings)}`,
      );
    }
    const {timestampUs: timestamp, durationUs: duration} = frame;
    const init = {format: 'I420', codedWidth: width, codedHeight: height, timestamp, duration} as const;
    const native = new this.#codecs.VideoFrame(pictureOf(frame), init);
    this.#timings.push({timestampUs: timestamp, durationUs: duration});
    const keyEvery = Math.max(1, Math.round(fps * KEY_SECONDS));
    this.#encoder.encode(native, {keyFrame: this.#written % keyEvery === 0});
    native.close();
    this.#written += 1;
  }

  #mux(chunk: EncodedVideoChunk, metadata: EncodedVideoChunkMetadata | undefined): void {
    const timing = this.#timings.shift();
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    this.#muxing = this.#muxing
      .then(async () => {
        const {EncodedPacket} = await import('mediabunny');
        const seconds = [(timing?.timestampUs ?? 0) / 1e6, (timing?.durationUs ?? 0) / 1e6] as const;
        await this.#source.add(new EncodedPacket(data, chunk.type, ...seconds), this.#metadataOf(metadata));
      })
      .catch((error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
      });
  }

  #metadataOf(metadata: EncodedVideoChunkMetadata | undefined): {decoderConfig?: VideoDecoderConfig} {
    if (metadata?.decoderConfig === undefined) return {};
    const {width: codedWidth, height: codedHeight, colorSpace} = this.#settings;
    const {description} = metadata.decoderConfig;
    return {
      decoderConfig: {
        codec: codecString(this.#settings),
        codedWidth,
        codedHeight,
        ...(description === undefined ? {} : {description}),
        ...(colorSpace === undefined ? {} : {colorSpace}),
      },
    };
  }
}
