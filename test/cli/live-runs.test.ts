import assert from 'node:assert/strict';
import {once} from 'node:events';
import {LiveRuns} from '../../src/cli/live-runs.ts';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {makeRunner} from '../../src/workspace/runner.ts';
import {Targets} from '../../src/workspace/targets.ts';
import {cosmosJson, makeCliWorkspace, outcomeOf, startCosmos} from '../support/cli.ts';
import {makeRun, runId} from '../support/documents.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';

const NEVER = new AbortController().signal;

function completedRun(name: string, running: number): RunDocument {
  return makeRun(runId(1), {
    ...{kind: 'custom', status: 'completed', parameters: {}},
    model: {family: 'custom', name, adapterVersion: 1},
    execution: {target: 'local', launcher: 'process', command: [], phaseMs: {running}},
  });
}

describe('LiveRuns.settle', function () {
  this.timeout(60_000);

  after(closeWorkspaces);

  it('lets a run go that can only be waited for', async () => {
    const cwd = await makeCliWorkspace();
    const {id} = await cosmosJson<RunDocument>(['run', 'request.json', '--model', 'forever', '--detach'], {
      cwd,
    });
    const workspace = await newWorkspace(cwd);
    await workspace.documents.create('runs', completedRun('forever', 3_600_000));
    const targets = new Targets(workspace, {env: {}, home: cwd});
    const runs = new LiveRuns(
      makeRunner(workspace, {targets, actor: 'test', onTrouble: (message) => assert.fail(message)}),
    );
    await runs.settle(NEVER, {isPatient: false});
    const [row] = runs.read().rows;
    assert.equal(row?.summary.status, 'running');
    const leftMs = row.timeLeft?.leftMs ?? 0;
    assert.ok(leftMs > 3_500_000 && leftMs <= 3_600_000, String(leftMs));
    const attached = startCosmos(['attach', id], {cwd});
    const left = outcomeOf(attached);
    assert.ok(attached.stderr);
    await once(attached.stderr, 'data');
    attached.kill('SIGINT');
    assert.match((await left).stderr, / {2}about (59 m \d\d s|1 h 00 m) left$/m);
    await runs.cancel(id);
    await runs.settle(NEVER, {isPatient: true});
    assert.equal((await workspace.documents.read('runs', id)).status, 'cancelled');
  });
});
