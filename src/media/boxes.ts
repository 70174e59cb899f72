/**
 * Walks the outermost boxes of an MP4 or MOV file (ISO/IEC 14496-12, 4.2) to find files that were cut off. Demuxers
 * often open such files without complaint and simply stop early. Reads only box headers.
 */
import type {FileHandle} from 'node:fs/promises';

/** Box types that begin an MP4 or MOV file. */
const FIRST_BOXES = new Set(['ftyp', 'styp', 'moov', 'mdat', 'free', 'skip', 'wide', 'moof']);

/** A header is 8 bytes, or 16 when its size field says 1 and a 64-bit size follows. */
const HEADER_BYTES = 16;

export interface BoxReport {
  /** False for files of another family (Matroska, text, images): nothing else then means anything. */
  isMp4: boolean;
  /** The index of the whole file is there. */
  hasIndex: boolean;
  /** How long the boxes say that the file is, in bytes; greater than `fileBytes` when it was cut off. */
  expectedBytes: number;
  fileBytes: number;
}

/** Adds up the outermost boxes of an open file of `fileBytes` bytes. */
export async function readBoxes(file: FileHandle, fileBytes: number): Promise<BoxReport> {
  const report: BoxReport = {isMp4: false, hasIndex: false, expectedBytes: fileBytes, fileBytes};
  let position = 0;
  while (position < fileBytes) {
    const box = await readHeader(file, position, fileBytes);
    if (position === 0 && !FIRST_BOXES.has(box.type)) return report;
    report.isMp4 = true;
    position += box.size;
    report.expectedBytes = Math.max(position, fileBytes);
    if (box.type === 'moov' && position <= fileBytes) report.hasIndex = true;
  }
  return report;
}

async function readHeader(
  file: FileHandle,
  position: number,
  fileBytes: number,
): Promise<{type: string; size: number}> {
  const header = Buffer.alloc(HEADER_BYTES);
  await file.read(header, 0, HEADER_BYTES, position);
  const type = header.toString('latin1', 4, 8);
  const short = header.readUInt32BE(0);
  if (short === 0) return {type, size: fileBytes - position};
  const size = short === 1 ? Number(header.readBigUInt64BE(8)) : short;
  // A size below its own header is damage; stepping by the header keeps the walk finite.
  return {type, size: Math.max(size, 8)};
}
