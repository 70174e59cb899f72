/**
 * The one place that loads the native codecs (FFmpeg and x264 behind the WebCodecs interface). They are an optional
 * dependency: probing and copying work without them, decoding and encoding say what is missing.
 */
import type * as webcodecs from '@napi-rs/webcodecs';
import {CosmosError} from '../errors.ts';

export type Codecs = typeof webcodecs;

let loading: Promise<Codecs> | undefined;

/** The native codecs, loaded once per thread. Throws `media.unavailable` where they are not installed. */
export function loadCodecs(): Promise<Codecs> {
  loading ??= import('@napi-rs/webcodecs').catch((cause: unknown) => {
    loading = undefined;
    throw new CosmosError('media.unavailable', 'the video codecs are not installed on this machine', {
      hint: 'Run `npm install @napi-rs/webcodecs@1.3.1`. It is an optional dependency, so `--omit=optional` leaves it out, and it has no build for every platform.',
      cause,
    });
  });
  return loading;
}
