/** A second process for tests: `act.ts ACTION WORKSPACE [ARGUMENT...]` opens the workspace and does one thing. */
import {Journal} from '../../../src/cas/journal.ts';
import {systemNow} from '../../../src/platform/clock.ts';
import {collectGarbage, deleteDocument, undoTrash} from '../../../src/workspace/garbage.ts';
import {drive} from '../../../src/runner/drive.ts';
import {withClaim} from '../../../src/workspace/claim.ts';
import {makeRunner} from '../../../src/workspace/runner.ts';
import {Targets} from '../../../src/workspace/targets.ts';
import {openWorkspace, type Workspace} from '../../../src/workspace/workspace.ts';
import {makeRun} from '../../support/documents.ts';
import {NO_GRACE, putRef, putText} from '../../support/workspace.ts';

type Action = (workspace: Workspace, args: string[]) => Promise<string>;

const [name = '', root = '', ...args] = process.argv.slice(2);
const forever = (): Promise<never> => new Promise(() => setInterval(() => undefined, 1000));

const ACTIONS: Record<string, Action> = {
  open: (workspace) => Promise.resolve(workspace.rebuilt ? 'rebuilt' : 'opened'),
  put: async (workspace, [text = '']) => (await putText(workspace, text)).digest,
  putRef: async (workspace, [ref = '', text = '']) => (await putRef(workspace, ref, text)).digest,
  createRun: async (workspace, [id = '']) => {
    await workspace.documents.create('runs', makeRun(id, {tags: ['made']}));
    return id;
  },
  tagRun: async (workspace, [id = '', times = '1']) => {
    for (let count = 0; count < Number(times); count += 1) {
      await workspace.documents.replace('runs', id, (run) => ({
        ...run,
        tags: [String(Number(run.tags[0] ?? 0) + 1)],
      }));
    }
    return id;
  },
  deleteRun: async (workspace, [id = '']) => deleteDocument(workspace, 'runs', id),
  undo: async (workspace, [batch]) => (await undoTrash(workspace, batch)).batch,
  drive: async (workspace, [id = '']) => {
    const targets = new Targets(workspace, {env: {}, home: workspace.root});
    const onTrouble = (message: string): void => void process.stdout.write(`${message}\n`);
    return (await drive(makeRunner(workspace, {targets, actor: 'second process', onTrouble}), id)).status;
  },
  collect: async (workspace, [graceMs = '0']) =>
    JSON.stringify(await collectGarbage(workspace, {...NO_GRACE, graceMs: Number(graceMs)})),
  hold: async (workspace, [subject = '', ...texts]) => {
    const lease = await workspace.leases.acquire('holding', subject);
    for (const text of texts) await workspace.store.push(Buffer.from(text), {mediaType: 'text/plain', lease});
    process.stdout.write('held\n');
    return forever();
  },
};

async function main(): Promise<string> {
  if (name === 'journal') {
    const journal = new Journal(root, 'test', systemNow);
    const digests = Array.from(
      {length: 12_000},
      (_, index) => `sha256:${index.toString().padStart(64, '0')}`,
    );
    const counts = Array.from({length: Number(args[0])}, (_, count) => count);
    await Promise.all(counts.map((count) => journal.append('put', {pid: process.pid, count, digests})));
    return 'written';
  }
  if (name === 'claim') {
    return withClaim(root, async () => {
      process.stdout.write('claimed\n');
      return args[0] === 'forever' ? forever() : Promise.resolve('done');
    });
  }
  const workspace = await openWorkspace(root, {
    actor: 'second process',
    onWait: (message) => process.stdout.write(`${message}\n`),
  });
  const action = ACTIONS[name];
  if (!action) throw new Error(`no action ${name}`);
  const answer = await action(workspace, args);
  await workspace.close();
  return answer;
}

process.stdout.write(`${await main()}\n`);
