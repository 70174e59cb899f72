import assert from 'node:assert/strict';
import {LiveRuns} from '../../src/cli/live-runs.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {makeRunner} from '../../src/workspace/runner.ts';
import {Targets} from '../../src/workspace/targets.ts';
import {cosmosJson, makeCliWorkspace} from '../support/cli.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';

const NEVER = new AbortController().signal;

describe('LiveRuns.settle', function () {
  this.timeout(60_000);

  after(closeWorkspaces);

  it('lets a run go that can only be waited for', async () => {
    const cwd = await makeCliWorkspace();
    const {id} = await cosmosJson<RunDocument>(['run', 'request.json', '--model', 'forever', '--detach'], {
      cwd,
    });
    const workspace = await newWorkspace(cwd);
    const targets = new Targets(workspace, {env: {}, home: cwd});
    const runs = new LiveRuns(
      makeRunner(workspace, {targets, actor: 'test', onTrouble: (message) => assert.fail(message)}),
    );
    await runs.settle(NEVER, {isPatient: false});
    assert.equal(runs.read().rows[0]?.summary.status, 'running');
    await runs.cancel(id);
    await runs.settle(NEVER, {isPatient: true});
    assert.equal((await workspace.documents.read('runs', id)).status, 'cancelled');
  });
});
