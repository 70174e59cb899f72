/**
 * Lanes are SFTP channels side by side. A channel moves at most its window (2 MiB in ssh2) in one round trip, and a
 * connection what TCP lets it; the longer the round trip, the more of each are needed to fill the line.
 */
import type {SFTPWrapper} from 'ssh2';
import type {SshSession} from './session.ts';

export interface LaneCount {
  connections: number;
  channels: number;
}

/** A transfer that moves no byte for so long has failed. */
export const STALL_MS = 60_000;

/** Between tries that moved nothing. The session itself waits for a network that is away for a moment. */
export const RETRY_PAUSES_MS = [250, 1000, 4000];

/** Below this a file gains nothing from a lane of its own. */
const BYTES_PER_LANE = 4 << 20;

/** Measured with 1 Gb/s: one channel fills a local link, 1 x 2 up to 30 ms, 2 x 2 up to 60 ms, 4 connections beyond. */
export function lanesFor(roundTripMs: number): LaneCount {
  if (roundTripMs <= 5) return {connections: 1, channels: 1};
  if (roundTripMs <= 30) return {connections: 1, channels: 2};
  if (roundTripMs <= 60) return {connections: 2, channels: 2};
  return {connections: 4, channels: 2};
}

/** Channels for moving that many bytes of one file; the session's own one for small files. */
export async function openLanes(session: SshSession, sizeBytes: number): Promise<SFTPWrapper[]> {
  if (sizeBytes <= BYTES_PER_LANE) return [await session.sftp()];
  const {connections, channels} = lanesFor(await session.roundTripMs());
  const lanes = await session.lanes(connections, channels);
  return lanes.slice(0, Math.max(1, Math.ceil(sizeBytes / BYTES_PER_LANE)));
}
