/** What the sweep breaks off: each operation with the workspace that it begins in, and what may be different after it. */
import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {appendFile, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {cosmos, cosmosJson, JOB_MODELS} from '../support/cli.ts';
import {blobFile, flipByte, sha256} from '../support/workspaces.ts';

export interface Operation {
  name: string;
  args: readonly string[];
  /** Brings a workspace that holds two runs and a ref to where the operation begins. */
  prepare?: (cwd: string, runs: readonly RunDocument[]) => Promise<void>;
  /** A run is named by its place in the words. */
  codes?: readonly number[];
  /** What it prints when it has done what it was to do. */
  done: RegExp;
  /** Documents that it removes. */
  removes?: (runs: readonly RunDocument[]) => string[];
  /** Blobs that are damaged, so that verify may call them missing. */
  breaks?: (runs: readonly RunDocument[]) => string[];
  /** At what it makes outside of the store; and takes it away where the operation wants its place free. */
  look?: (cwd: string) => Promise<void>;
}

const MANY = Array.from({length: 24}, (_, index) => `many-${index}.txt`);

async function expect(code: number, args: readonly string[], cwd: string): Promise<void> {
  const ended = await cosmos(args, {cwd});
  assert.equal(ended.code, code, ended.stderr);
}

function outputOf(run: RunDocument | undefined): string {
  return run?.outputs.find(({name}) => name === 'copy.txt')?.digest ?? '';
}

function theFirst([first]: readonly RunDocument[]): string[] {
  return [first?.id ?? ''];
}

async function damage(cwd: string, [first]: readonly RunDocument[]): Promise<void> {
  await flipByte(blobFile(cwd, outputOf(first)), 1);
}

async function deleteAndCollect(cwd: string, [first]: readonly RunDocument[]): Promise<void> {
  await expect(0, ['delete', first?.id ?? ''], cwd);
  await expect(0, ['gc', '--grace', '0'], cwd);
}

/** The job of a run that nobody looked after has ended. */
async function leaveUncollected(cwd: string): Promise<void> {
  const {id} = await cosmosJson<RunDocument>(
    ['run', 'request.json', '--model', 'slow', '--prompt', 'left', '--detach'],
    {cwd},
  );
  const exit = join(cwd, 'work', 'local', 'jobs', id, 'attempts', '1', 'state', 'exit.json');
  for (let tries = 0; !existsSync(exit); tries += 1) {
    assert.ok(tries < 600, 'the job never ended');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** All of it is there, by its own list, or no folder of that name. */
async function assertExported(cwd: string): Promise<void> {
  const out = join(cwd, 'out');
  if (!existsSync(out)) return;
  const [folder = ''] = await readdir(out);
  const sums = await readFile(join(out, folder, 'SHA256SUMS'), 'utf8');
  const lines = sums.trimEnd().split('\n');
  assert.ok(lines.length > 3, sums);
  for (const line of lines)
    assert.equal(sha256(await readFile(join(out, folder, line.slice(66)))), line.slice(0, 64));
  await rm(out, {recursive: true});
}

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'put, one blob',
    args: ['blob', 'put', 'new.txt'],
    prepare: (cwd) => writeFile(join(cwd, 'new.txt'), 'new bytes\n'),
    done: /^sha256:[0-9a-f]{64} /m,
  },
  {
    name: 'put, a group',
    args: ['blob', 'put', ...MANY],
    prepare: async (cwd) => {
      for (const name of MANY) await writeFile(join(cwd, name), `${name}\n`.repeat(20));
    },
    done: /^sha256:[0-9a-f]{64} /m,
  },
  {name: 'put, there already', args: ['blob', 'put', 'text.txt', '--name', 'again'], done: /^sha256:/m},
  {name: 'document rewritten', args: ['rate', '{0}', '4'], done: /★★★★$/m},
  {
    name: 'run collected',
    args: ['status', '--wait', '20'],
    prepare: leaveUncollected,
    done: /No run is active/,
  },
  {name: 'delete', args: ['delete', '{0}'], done: /gc undo/, removes: theFirst},
  {
    name: 'gc, to the trash',
    args: ['gc', '--grace', '0'],
    prepare: async (cwd, [first]) => expect(0, ['delete', first?.id ?? ''], cwd),
    done: /trash/i,
    removes: theFirst,
  },
  {
    name: 'gc, trash emptied',
    args: ['gc', '--purge', '--yes'],
    prepare: deleteAndCollect,
    done: /^Emptied the trash: 2 batches/m,
    removes: theFirst,
  },
  {
    name: 'gc undo',
    args: ['gc', 'undo'],
    prepare: deleteAndCollect,
    done: /^Brought back: /m,
    removes: theFirst,
  },
  {
    name: 'verify, quarantine',
    args: ['verify', '--deep'],
    prepare: damage,
    codes: [12],
    done: /quarantine/,
    breaks: ([first]) => [outputOf(first)],
  },
  {
    name: 'verify, repair',
    args: ['verify', '--deep', '--repair'],
    prepare: damage,
    done: /^repaired/m,
    breaks: ([first]) => [outputOf(first)],
  },
  {
    name: 'export',
    args: ['export', '{0}', 'out', '--inputs'],
    done: /^Exported 1 run: /m,
    look: assertExported,
  },
  {
    name: 'catalog made again',
    args: ['index', 'rebuild'],
    prepare: (cwd) => rm(join(cwd, 'storage', 'catalog'), {recursive: true}),
    done: /^Made the catalog again: /m,
  },
];

/** With two runs of different outputs, a ref, and the files that operations want. */
export async function makeBase(cwd: string, operation: Operation): Promise<RunDocument[]> {
  await expect(0, ['init', cwd], '/');
  await appendFile(join(cwd, 'cosmos.toml'), `\n${JOB_MODELS}`);
  await writeFile(join(cwd, 'request.json'), JSON.stringify({inputs: {text: 'text.txt'}, parameters: {}}));
  const runs: RunDocument[] = [];
  for (const text of ['the first\n', 'the input\n']) {
    await writeFile(join(cwd, 'text.txt'), text);
    runs.push(await cosmosJson<RunDocument>(['run', 'request.json', '--model', 'copy'], {cwd}));
  }
  assert.deepEqual(
    runs.map(({status}) => status),
    ['completed', 'completed'],
  );
  await expect(0, ['blob', 'put', 'request.json', '--name', 'kept'], cwd);
  await operation.prepare?.(cwd, runs);
  assert.ok((await readdir(join(cwd, 'manifests', 'refs'))).includes('kept.json'));
  return runs;
}
