/**
 * Takes the time of writing out of an MP4 file (ISO/IEC 14496-12: mvhd, tkhd, mdhd), so that the same pictures always
 * give the same bytes: a run that is done again then stores nothing new, and heals what was damaged.
 */
import {open, type FileHandle} from 'node:fs/promises';

const CONTAINERS = new Set(['moov', 'trak', 'mdia']);
const DATED = new Set(['mvhd', 'tkhd', 'mdhd']);
/** Size and type; then version and flags in the dated boxes. */
const HEADER_BYTES = 8;
const VERSION_BYTES = 4;

/** Sets creation and modification times to 0, which means unknown. */
export async function removeTimes(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const {size} = await file.stat();
    await clearBoxes(file, 0, size);
  } finally {
    await file.close();
  }
}

async function clearBoxes(file: FileHandle, start: number, end: number): Promise<void> {
  for (let position = start; position + HEADER_BYTES <= end;) {
    const header = Buffer.alloc(2 * HEADER_BYTES);
    await file.read(header, 0, header.length, position);
    const type = header.toString('latin1', 4, 8);
    const short = header.readUInt32BE(0);
    const size = short === 1 ? Number(header.readBigUInt64BE(8)) : short === 0 ? end - position : short;
    if (CONTAINERS.has(type)) await clearBoxes(file, position + HEADER_BYTES, position + size);
    else if (DATED.has(type)) await clearTimes(file, position + HEADER_BYTES, header.readUInt8(HEADER_BYTES));
    if (size < HEADER_BYTES) return;
    position += size;
  }
}

/** Two times of 4 bytes each in version 0, of 8 in version 1. */
async function clearTimes(file: FileHandle, start: number, version: number): Promise<void> {
  const times = Buffer.alloc(version === 1 ? 16 : 8);
  await file.write(times, 0, times.length, start + VERSION_BYTES);
}
