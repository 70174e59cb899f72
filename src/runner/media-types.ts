/** Media types by file name and back, for the kinds of files that video work produces. */

const TYPES: Readonly<Record<string, string>> = {
  avi: 'video/x-msvideo',
  csv: 'text/csv',
  exr: 'image/x-exr',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  jsonl: 'application/jsonl',
  log: 'text/plain',
  md: 'text/markdown',
  mkv: 'video/matroska',
  mov: 'video/quicktime',
  mp4: 'video/mp4',
  png: 'image/png',
  toml: 'application/toml',
  txt: 'text/plain',
  wav: 'audio/wav',
  webm: 'video/webm',
  webp: 'image/webp',
};

/** `application/octet-stream` for what it does not know. */
export function mediaTypeOf(name: string): string {
  const ending = /\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return TYPES[ending] ?? 'application/octet-stream';
}

/** The ending of files of a type, without the dot; undefined for what it does not know. */
export function endingOf(mediaType: string): string | undefined {
  return Object.keys(TYPES).find((ending) => TYPES[ending] === mediaType);
}

export function isVideo({mediaType}: {mediaType: string}): boolean {
  return mediaType.startsWith('video/');
}
