/** What a stand-in sees of a file: all of its bytes, and of an MP4 file the shape of its first video track. */
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';

/** Opened and read to its end. */
export function readInput(key, path) {
  const bytes = readFileSync(path);
  return {
    key,
    path,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...look(bytes),
  };
}

/** By the sample table; {} for anything that is no MP4 file. */
export function look(bytes) {
  const at = (name, from = 0) => bytes.indexOf(name, from, 'latin1');
  const [sizes, times, header] = ['stsz', 'stts', 'mdhd'].map((name) => at(name));
  // The same word may be among the brands at the beginning.
  const entry = at('avc1', Math.max(0, at('stsd')));
  if (sizes === -1 || times === -1 || header === -1) return {};
  const timescale = bytes.readUInt32BE(header + (bytes[header + 4] === 1 ? 24 : 16));
  return {
    frames: bytes.readUInt32BE(sizes + 12),
    fps: timescale / bytes.readUInt32BE(times + 16),
    ...(entry !== -1 && {width: bytes.readUInt16BE(entry + 28), height: bytes.readUInt16BE(entry + 30)}),
  };
}

/** Frames of a video; `otherwise` for what is no MP4 file. */
export function countFrames(path, otherwise) {
  return look(readFileSync(path)).frames ?? otherwise;
}

/** How many pieces of `size` frames, of which each but the first begins with `overlap` frames of the one before. */
export function countChunks(frames, size, overlap) {
  return frames <= size ? 1 : 1 + Math.ceil((frames - size) / (size - overlap));
}
