import assert from 'node:assert/strict';
import {readGround, writeGround} from '../../src/cas/local/ground-record.ts';
import type {Answer, Finding} from '../../src/platform/ground/finding.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';

describe('the record of what a disk can do', () => {
  after(closeWorkspaces);

  it('forgets no answer because it could not be tried again', async () => {
    const {paths} = (await newWorkspace()).store.context;
    const find = (hardLink: Answer, locks: Answer): Promise<void> => {
      const findings: Finding[] = [
        {probe: 'hardLink', answer: hardLink, found: ''},
        {probe: 'locks', answer: locks, found: ''},
      ];
      return writeGround(paths, findings, '2026-11-30T12:00:00.000Z');
    };
    await find('yes', 'no');
    await find('no', 'unknown');
    const {hardLink, locks} = await readGround(paths);
    assert.deepEqual([hardLink, locks], ['no', 'no']);
  });
});
