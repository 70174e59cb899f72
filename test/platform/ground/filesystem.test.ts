import assert from 'node:assert/strict';
import {join} from 'node:path';
import {findFilesystem, ofMagic, ofWindowsPath} from '../../../src/platform/ground/filesystem.ts';
import {temporaryFolder} from '../../support/temporary.ts';

const FUSE = 0x65735546;
const untold = (): null => null;

describe('ofMagic', () => {
  it('knows network filesystems without the mounts', () => {
    const magics = {nfs: 0x6969, cifs: 0xff534d42, smb2: 0xfe534d42, ceph: 0x00c36400, lustre: 0x0bd00bd0};
    for (const [type, magic] of Object.entries(magics))
      assert.deepEqual(ofMagic(magic, untold), {type, place: 'network'});
  });

  it('knows disks of this computer', () => {
    for (const [type, magic] of Object.entries({ext4: 0xef53, xfs: 0x58465342, btrfs: 0x9123683e}))
      assert.deepEqual(ofMagic(magic, untold), {type, place: 'local'});
  });

  it('asks the table of mounts about FUSE', () => {
    const places = (types: string[]): string[] => types.map((type) => ofMagic(FUSE, () => type).place);
    assert.deepEqual(places(['fuse.sshfs', 'fuse.rclone', 'fuse.s3fs']), ['network', 'network', 'network']);
    assert.deepEqual(places(['fuseblk', 'fuse.exfat']), ['local', 'local']);
    assert.deepEqual(places(['fuse.sshfs2', 'fuse.bindfs', 'fuse', 'virtiofs']), Array(4).fill('unknown'));
  });

  it('claims nothing about what it does not know', () => {
    assert.deepEqual(ofMagic(FUSE, untold), {type: null, place: 'unknown'});
    assert.deepEqual(
      ofMagic(0x01021997, () => '9p'),
      {type: '9p', place: 'unknown'},
    );
  });
});

describe('ofWindowsPath', () => {
  it('tells shares from drives', () => {
    for (const path of ['\\\\server\\share\\films', '\\\\?\\UNC\\server\\share'])
      assert.equal(ofWindowsPath(path).place, 'network');
    for (const path of ['C:\\films', '\\\\?\\C:\\films', '\\\\.\\C:\\films', '/films'])
      assert.equal(ofWindowsPath(path).place, 'unknown');
  });
});

describe('findFilesystem', () => {
  it('knows nothing of a folder that is not there', async () => {
    const absent = join(await temporaryFolder(), 'absent');
    assert.deepEqual(findFilesystem(absent), {type: null, place: 'unknown'});
  });
});
