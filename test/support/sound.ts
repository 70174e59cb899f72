/** What has to be true of every workspace, whatever was done to the processes that worked in it. */
import assert from 'node:assert/strict';
import {verify} from '../../src/workspace/verify/verify.ts';
import type {VerifyReport} from '../../src/workspace/verify/report.ts';
import {openWorkspace} from '../../src/workspace/workspace.ts';

/** All that documents name is there, and every byte of every blob is what was put: a deep verify, in this process. */
export async function assertSound(root: string): Promise<VerifyReport> {
  const workspace = await openWorkspace(root, {actor: 'test'});
  try {
    const report = await verify(workspace, {isDeep: true, workers: 2, isStrict: false});
    assert.deepEqual(report.damage, []);
    return report;
  } finally {
    await workspace.close();
  }
}
