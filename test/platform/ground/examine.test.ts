import assert from 'node:assert/strict';
import {mkdir, readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {clockProbe} from '../../../src/platform/ground/clock.ts';
import {examine, quickProbes} from '../../../src/platform/ground/examine.ts';
import type {Answer, Probe, ProbeName} from '../../../src/platform/ground/finding.ts';
import {mountFilesystem, type FilesystemName} from '../../support/filesystems.ts';
import {temporaryFolder} from '../../support/temporary.ts';

type Answers = Partial<Record<ProbeName, Answer>>;

async function answersIn(folder: string): Promise<Answers> {
  const findings = await examine(
    folder,
    quickProbes(() => Date.now()),
  );
  return Object.fromEntries(findings.map(({probe, answer}) => [probe, answer]));
}

/** What holds on every disk that Linux has for itself. */
const LINUX: Answers = {
  localDisk: 'yes',
  exclusiveCreate: 'yes',
  rename: 'yes',
  hardLink: 'yes',
  fileSync: 'yes',
  folderSync: 'yes',
  readOnlyFiles: 'yes',
  namesByCase: 'yes',
  fileTimes: 'yes',
  clock: 'yes',
  freeSpace: 'no',
};

const EXPECTED: Record<FilesystemName, Answers> = {
  tmpfs: {...LINUX, clone: 'no'},
  ext4: {...LINUX, clone: 'no'},
  xfs: {...LINUX, clone: 'yes'},
  btrfs: {...LINUX, clone: 'yes'},
  exfat: {
    ...LINUX,
    hardLink: 'no',
    readOnlyFiles: 'no',
    namesByCase: 'no',
    clone: 'no',
    fileTimes: 'no',
  },
};

describe('examine on real filesystems', () => {
  for (const name of Object.keys(EXPECTED) as FilesystemName[]) {
    it(`finds out what ${name} can do`, async function () {
      const disk = await mountFilesystem(name);
      if (!disk) return this.skip();
      try {
        const before = await readdir(disk.folder);
        assert.deepEqual(await answersIn(disk.folder), EXPECTED[name]);
        assert.deepEqual(await readdir(disk.folder), before);
      } finally {
        disk.unmount();
      }
    });
  }
});

describe('examine', () => {
  const yes: Probe['run'] = () => Promise.resolve({answer: 'yes', found: 'Yes.'});

  it('takes what it does not expect for unknown', async () => {
    const folder = await temporaryFolder();
    const probes: Probe[] = [
      {probe: 'clone', run: () => Promise.reject(new Error('odd'))},
      {probe: 'clock', run: yes},
    ];
    const findings = await examine(folder, probes);
    assert.deepEqual(
      findings.map(({answer}) => answer),
      ['unknown', 'yes'],
    );
    assert.match(findings[0]?.found ?? '', /odd/);
  });

  it('claims nothing when its folder is taken away', async () => {
    const folder = await temporaryFolder();
    const probes = quickProbes(() => Date.now()).map(({probe, run}): Probe => ({
      probe,
      run: async (own) => {
        await rm(own, {recursive: true});
        return run(own);
      },
    }));
    for (const {probe, answer} of await examine(folder, probes)) assert.equal(answer, 'unknown', probe);
  });

  it('removes what it made when it is aborted', async () => {
    const folder = await temporaryFolder();
    const controller = new AbortController();
    const run: Probe['run'] = async (own) => {
      await writeFile(join(own, 'file'), '');
      controller.abort();
      return yes(own);
    };
    const probes: Probe[] = [
      {probe: 'clone', run},
      {probe: 'clock', run: yes},
    ];
    await assert.rejects(examine(folder, probes, controller.signal), {name: 'AbortError'});
    assert.deepEqual(await readdir(folder), []);
  });

  it('fails where nothing can be written', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    await assert.rejects(examine(file, []), {code: 'ENOTDIR'});
  });
});

describe('clockProbe', () => {
  const off = async (ms: number): Promise<Answer> => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'own'));
    return (await clockProbe(join(folder, 'own'), () => Date.now() + ms)).answer;
  };

  it('says a difference of more than three minutes', async () => {
    assert.deepEqual(await Promise.all([181_000, -181_000].map(off)), ['no', 'no']);
    assert.deepEqual(await Promise.all([0, 178_000, -178_000].map(off)), ['yes', 'yes', 'yes']);
  });
});
