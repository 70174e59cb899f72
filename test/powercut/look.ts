/**
 * Looks at a workspace whose disk lost its power, in a process of its own: what a torn catalog leaves open or throws late ends
 * with it. Says what it found as JSON on the fourth descriptor; what LMDB complains about goes to the standard ones.
 */
import {writeSync} from 'node:fs';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {openWorkspace} from '../../src/workspace/workspace.ts';
import {assertWhole} from '../crash/sweep.ts';
import {ACKNOWLEDGED, assertNoEmptyDocument} from './operations.ts';

interface Question {
  name: string;
  cwd: string;
  runs: readonly RunDocument[];
  stdout: string;
}

async function look({name, cwd, runs, stdout}: Question): Promise<{acknowledged: number; blobs: number}> {
  const operation = ACKNOWLEDGED.find((candidate) => candidate.name === name);
  if (!operation) throw new Error(`there is no operation ${name}`);
  await assertNoEmptyDocument(cwd);
  const blobs = await assertWhole(operation, {cwd, runs}, stdout);
  const workspace = await openWorkspace(cwd, {actor: 'test'});
  try {
    return {blobs, acknowledged: await operation.holds({workspace, cwd, runs, stdout})};
  } finally {
    await workspace.close();
  }
}

/** In few words, for a table. */
function complaintOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const code = /code: '([^']*)'/.exec(text);
  return (code?.[1] ?? text.split('\n')[0] ?? '').replaceAll(/[0-9a-f]{8,}/g, '…');
}

const [, , question = ''] = process.argv;
const answer = await look(JSON.parse(question) as Question).catch((error: unknown) => ({
  complaint: complaintOf(error),
}));
writeSync(3, JSON.stringify(answer));
