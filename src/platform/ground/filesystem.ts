/**
 * On which filesystem a folder lies, and whether that is one of this computer. Linux tells by statfs(2), and for FUSE by
 * the table of mounts; Windows by the true path of a folder; macOS tells nobody who starts no program.
 */
import {readFileSync, realpathSync, statfsSync, statSync} from 'node:fs';
import {isErrno} from '../../errors.ts';
import type {Observation} from './finding.ts';

export interface Filesystem {
  /** As in the table of mounts where it is known: `ext4`, `nfs`, `fuse.sshfs`; null when it is not. */
  type: string | null;
  /** Whether other computers can write there at the same time. */
  place: 'local' | 'network' | 'unknown';
}

/** Of statfs(2) and linux/magic.h. What several computers share at once is a network, whatever carries it. */
const NETWORK_MAGIC: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x564c, 'ncp'],
  [0x73757245, 'coda'],
  [0x5346414f, 'afs'],
  [0x6b414653, 'kafs'],
  [0x00c36400, 'ceph'],
  [0x0bd00bd0, 'lustre'],
  [0x47504653, 'gpfs'],
  [0x19830326, 'beegfs'],
  [0xaad7aaea, 'panfs'],
  [0x20030528, 'orangefs'],
  [0x7461636f, 'ocfs2'],
  [0x01161970, 'gfs2'],
]);

const LOCAL_MAGIC: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0x794c7630, 'overlay'],
  [0x2fc12fc1, 'zfs'],
  [0xf2f52010, 'f2fs'],
  [0xca451a4e, 'bcachefs'],
  [0x4d44, 'vfat'],
  [0x2011bab0, 'exfat'],
  [0x7366746e, 'ntfs3'],
  [0x5346544e, 'ntfs'],
  [0x482b, 'hfsplus'],
]);

const FUSE_MAGIC = 0x65735546;

/** Types of FUSE that bring bytes from other computers. */
const NETWORK_FUSE =
  /^fuse\.(sshfs|rclone|s3fs|goofys|geesefs|mount-s3|gcsfuse|blobfuse2?|glusterfs|ceph.*|curlftpfs|davfs2?|juicefs|seaweedfs|smbnetfs|afpfs|moosefs|mfs|lizardfs|gvfsd-fuse|google-drive-ocamlfuse|onedriver)$/;
/** A disk behind a driver that is a program: NTFS, exFAT, APFS. */
const LOCAL_FUSE = /^(fuseblk(\..+)?|fuse\.(exfat|ntfs-3g|lxcfs|fuse2fs|ext2fs|zfs))$/;

/** Never throws: what cannot be asked is unknown. */
export function findFilesystem(folder: string): Filesystem {
  if (process.platform === 'win32') return ofWindowsPath(truePath(folder));
  if (process.platform !== 'linux') return {type: null, place: 'unknown'};
  try {
    const magic = Number(BigInt.asUintN(32, statfsSync(folder, {bigint: true}).type));
    return ofMagic(magic, () => mountedType(folder));
  } catch (error) {
    if (!isErrno(error)) throw error;
    return {type: null, place: 'unknown'};
  }
}

/** @param mounted what the table of mounts calls it; asked for FUSE and for what is not known otherwise */
export function ofMagic(magic: number, mounted: () => string | null): Filesystem {
  const network = NETWORK_MAGIC.get(magic);
  if (network !== undefined) return {type: network, place: 'network'};
  const local = LOCAL_MAGIC.get(magic);
  if (local !== undefined) return {type: local, place: 'local'};
  const type = mounted();
  if (magic !== FUSE_MAGIC || type === null) return {type, place: 'unknown'};
  if (NETWORK_FUSE.test(type)) return {type, place: 'network'};
  return {type, place: LOCAL_FUSE.test(type) ? 'local' : 'unknown'};
}

/** A drive letter that stands for a share has the share's own path as its true one. */
export function ofWindowsPath(path: string): Filesystem {
  const isShare = /^\\\\(\?\\UNC\\|[^?.\\])/i.test(path);
  return {type: null, place: isShare ? 'network' : 'unknown'};
}

function truePath(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return folder;
  }
}

/** proc_pid_mountinfo(5): the third field is the device, and the type is the first one after the lone dash. */
function mountedType(folder: string): string | null {
  const {dev} = statSync(folder, {bigint: true});
  const device = `${deviceMajor(dev)}:${deviceMinor(dev)}`;
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    if (before.split(' ')[2] === device) return after.split(' ')[0] ?? null;
  }
  return null;
}

/** As glibc packs them: makedev(3). */
function deviceMajor(dev: bigint): bigint {
  return ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
}

function deviceMinor(dev: bigint): bigint {
  return (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
}

const NAMES = {
  local: 'It is a disk of this computer',
  network: 'It is a network filesystem',
  unknown: 'Whether this is a disk of this computer cannot be told',
};

export function localDiskProbe(folder: string): Promise<Observation> {
  const {type, place} = findFilesystem(folder);
  const answer = ({local: 'yes', network: 'no', unknown: 'unknown'} as const)[place];
  return Promise.resolve({
    answer,
    found: `${NAMES[place]}${type === null ? '' : ` (${type})`}.`,
    facts: {type},
  });
}
