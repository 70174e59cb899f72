/**
 * Who a target is: a random id in `<root>/box.json`, written at the first contact. An address may change from day to day;
 * the id tells a machine that moved from another one. The first writer wins, whoever comes at the same time.
 */
import {posix} from 'node:path';
import {CosmosError} from '../../errors.ts';
import {isoTime, type Now} from '../../platform/clock.ts';
import {randomHex} from '../../platform/random.ts';
import type {CommandRunner, FileReader, FileWriter} from '../target.ts';

const BOX_SCHEMA = 'cosmos/box/v1';

/** The id, 32 hexadecimal characters. @throws CosmosError target.failed when the file is not one of ours */
export async function ensureBoxId(
  transport: FileReader & FileWriter,
  runner: CommandRunner,
  root: string,
  now: Now,
): Promise<string> {
  const path = posix.join(root, 'box.json');
  const known = await readBoxId(transport, path);
  if (known !== undefined) return known;
  const draft = posix.join(root, `box.${randomHex(8)}.json`);
  const box = {schema: BOX_SCHEMA, id: randomHex(16), at: isoTime(now())};
  await transport.writeFile(draft, Buffer.from(`${JSON.stringify(box)}\n`));
  // A link never replaces; where links are not supported `mv -n` is nearly as good.
  await runner.exec([
    'sh',
    '-c',
    'ln "$1" "$2" 2>/dev/null || mv -n "$1" "$2"; rm -f "$1"',
    'sh',
    draft,
    path,
  ]);
  const placed = await readBoxId(transport, path);
  if (placed !== undefined) return placed;
  throw new CosmosError('target.failed', `${path} could not be written on the target.`, {
    hint: 'Check that the user may write to the folder "root" of the target.',
    facts: {path},
  });
}

async function readBoxId(transport: FileReader, path: string): Promise<string | undefined> {
  const bytes = await transport.readFile(path);
  if (!bytes) return undefined;
  const id = parseBoxId(Buffer.from(bytes).toString('utf8'));
  if (id !== undefined) return id;
  throw new CosmosError('target.failed', `${path} on the target is not the mark that cosmos puts there.`, {
    hint: 'Move that file away if nothing needs it, or choose another folder with "cosmos target set NAME root=FOLDER".',
    facts: {path},
  });
}

function parseBoxId(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as {schema?: unknown; id?: unknown} | null;
    const {schema, id} = value ?? {};
    return schema === BOX_SCHEMA && typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
