/** What lies on a target: job folders that were not brought home, and inputs in the cache that no job uses. */
import {CosmosError} from '../../errors.ts';
import {parseDigest, type Digest} from '../../cas/digest.ts';
import type {Target} from '../target.ts';

/** Ids of the jobs whose folders are there: of this workspace and of any other. */
export async function listJobs(target: Target): Promise<string[]> {
  const {root} = await target.contact();
  const text = await execThere(target, ['ls', '-1', '--', target.join(root, 'jobs')]);
  return text.split('\n').filter((name) => /^[A-Za-z0-9._-]+$/.test(name));
}

export interface CachedInput {
  digest: Digest;
  size: number;
  path: string;
}

/** Inputs that no job folder links: the file in the cache is the only name of its bytes. */
export async function listUnusedInputs(target: Target): Promise<CachedInput[]> {
  const {root} = await target.contact();
  const folder = target.join(root, 'blobs');
  const text = await execThere(target, [
    ...['find', folder, '-type', 'f', '-exec', 'stat', '-c', '%h %s %n', '{}', '+'],
  ]);
  return text.split('\n').flatMap((line): CachedInput[] => {
    const [, links, size, path = ''] = /^(\d+) (\d+) (.*)$/.exec(line) ?? [];
    const hex = /\/([0-9a-f]{64})$/.exec(path)?.[1];
    if (hex === undefined || links !== '1') return [];
    return [{digest: parseDigest(`sha256:${hex}`), size: Number(size), path}];
  });
}

/** Uploads that nobody has gone on with for a day. */
export async function removeStaleParts(target: Target): Promise<void> {
  const {root} = await target.contact();
  const folder = target.join(root, 'blobs');
  await execThere(target, [
    ...[
      'find',
      folder,
      '-type',
      'f',
      '-name',
      '.*.part',
      '-mtime',
      '+0',
      '-exec',
      'rm',
      '-f',
      '--',
      '{}',
      '+',
    ],
  ]);
}

/** Enough for one command line anywhere. */
const REMOVED_AT_ONCE = 500;

export async function removeInputs(target: Target, inputs: readonly CachedInput[]): Promise<void> {
  for (let start = 0; start < inputs.length; start += REMOVED_AT_ONCE) {
    const paths = inputs.slice(start, start + REMOVED_AT_ONCE).map(({path}) => path);
    await execThere(target, ['rm', '-f', '--', ...paths]);
  }
}

async function execThere(target: Target, argv: readonly string[]): Promise<string> {
  if (!target.runner) {
    throw new CosmosError(
      'usage.invalid',
      `${target.name} is this machine; there is nothing to clean or drain.`,
      {
        hint: 'Name a target that "cosmos target list" shows.',
      },
    );
  }
  const {code, stdout, stderr} = await target.runner.exec(argv);
  if (code === 0) return stdout;
  throw new CosmosError(
    'target.failed',
    `"${argv[0] ?? ''}" failed on ${target.name}: ${stderr.trim().slice(0, 400)}`,
    {
      hint: 'Look at the folder "root" of the target; "cosmos target check" says what is wrong with it.',
    },
  );
}
