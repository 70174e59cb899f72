/** The size that the upscaler of cosmos-transfer1 makes, and a video that says it has this size. */

const BUCKETS = [
  [1280, 704, 9 / 16],
  [960, 704, 3 / 4],
  [960, 960, 1],
  [704, 960, 3 / 4],
  [704, 1280, 9 / 16],
];

/** Three times the size of the nearest bucket, without the overlap of the patches. */
export function upscaledSize({width, height}) {
  const shapes = [16 / 9, 4 / 3, 1, 3 / 4, 9 / 16];
  const distances = shapes.map((shape) => Math.abs(width / height - shape));
  const [wide, high, ratio] = BUCKETS[distances.indexOf(Math.min(...distances))];
  const short = 256 * ratio;
  return wide >= high
    ? {width: 3 * wide - 256, height: 3 * high - Math.floor(short)}
    : {width: 3 * wide - Math.floor(short), height: 3 * high - 256};
}

/**
 * A copy of an MP4 file whose headers tell another size; nothing here can draw larger pictures. Who reads the headers sees an
 * upscaled video, who decodes the pictures sees them as they were.
 */
export function withSize(bytes, {width, height}) {
  const copy = Buffer.from(bytes);
  const entry = copy.indexOf('avc1', copy.indexOf('stsd', 0, 'latin1'), 'latin1');
  const header = copy.indexOf('tkhd', 0, 'latin1');
  if (entry === -1 || header === -1) return copy;
  copy.writeUInt16BE(width, entry + 28);
  copy.writeUInt16BE(height, entry + 30);
  const end = header - 4 + copy.readUInt32BE(header - 4);
  copy.writeUInt32BE(width * 0x10000, end - 8);
  copy.writeUInt32BE(height * 0x10000, end - 4);
  return copy;
}
