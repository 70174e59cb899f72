/**
 * The line for the GPUs of a target, as a client sees and changes it: remote/queue.sh, sent whole with every call, so that
 * looking leaves nothing there. Ages are those of the target's own clock. What the files there say is checked, because
 * jobs of other workspaces and versions stand in the same line.
 */
import {CosmosError} from '../../errors.ts';
import {readRemote} from '../remote-text.ts';
import {parsePlace, type Waiting} from '../waiting.ts';
import type {CommandRunner, ExecResult} from '../target.ts';

export interface LineGpu {
  index: number;
  uuid: string;
  name: string;
}

/** A job as a slot or a ticket names it; null for what an earlier version did not write down. */
interface LineJob {
  /** Another user of the machine; null for the one who logs in. */
  owner: string | null;
  job: string | null;
  attempt: number | null;
  /** How many GPUs it asked for. */
  gpus: number | null;
  /** Since it got the slot or took the ticket, milliseconds. */
  ageMs: number | null;
}

export interface LineSlot extends LineJob {
  gpu: string;
}

export interface LineTicket extends LineJob {
  isHeld: boolean;
  supervisor: 'alive' | 'dead' | 'unknown';
}

export interface Line {
  /** False where jobs do not wait in turn, because the machine has no flock. */
  canQueue: boolean;
  gpus: LineGpu[];
  /** Of GPUs that are taken. */
  slots: LineSlot[];
  /** First come, first served; held ones are passed over. */
  tickets: LineTicket[];
  /** Users of the machine whose own lines cannot be read. */
  closed: string[];
}

/** `hold`: the others pass; `release`: no longer; `first`: before all others. */
export type LineChange = 'hold' | 'release' | 'first';

/** Where the job stands after a change, or why it cannot be changed. */
export type LineAnswer = Waiting | 'off' | 'absent' | 'dead' | 'busy';

/** In this order; the last one calls. */
const PARTS = ['common.sh', 'state.sh', 'line.sh', 'queue.sh'];
const REFUSALS = ['off', 'absent', 'dead', 'busy'] as const;

export async function readLine(runner: CommandRunner): Promise<Line> {
  const {stdout} = await call(runner, ['look']);
  return parseLine(stdout);
}

export async function changeLine(
  runner: CommandRunner,
  change: LineChange,
  {jobFolder, attempt}: {jobFolder: string; attempt: number},
): Promise<LineAnswer> {
  const {stdout} = await call(runner, [change, jobFolder, String(attempt)]);
  const [word = '', place = ''] = stdout.trim().split('\t');
  const answer = word === 'in' ? parsePlace(place) : REFUSALS.find((refusal) => refusal === word);
  if (answer === undefined) throw failed(stdout);
  return answer;
}

async function call(runner: CommandRunner, words: readonly string[]): Promise<ExecResult> {
  const script = await readRemote(...PARTS);
  const result = await runner.exec(['sh', '-s', '--', ...words], {stdin: Buffer.from(script)});
  if (result.code !== 0) throw failed(result.stderr);
  return result;
}

function failed(said: string): CosmosError {
  return new CosmosError(
    'target.failed',
    `The line for GPUs could not be looked at: ${said.trim().slice(0, 400)}`,
    {hint: 'cosmos needs a POSIX shell there; "cosmos target check" says what else is wrong.'},
  );
}

/** Lines of NAME<tab>VALUE<tab>...; what is not understood is left out. */
export function parseLine(text: string): Line {
  const rows = text.split('\n').map((line) => line.split('\t'));
  const valuesOf = (name: string): string[][] =>
    rows.filter(([first]) => first === name).map(([, ...values]) => values);
  const tickets = valuesOf('ticket').toSorted((a, b) => Number(a[1]) - Number(b[1]));
  return {
    canQueue: valuesOf('line')[0]?.[0] === 'on',
    gpus: valuesOf('gpu').map(([index, uuid = '', name = '']) => ({index: Number(index), uuid, name})),
    slots: valuesOf('slot').map(([owner, gpu = '', age, record]) => ({
      gpu,
      ...parseLineJob(owner, age, record),
    })),
    tickets: tickets.map(([owner, , kind, verdict, age, record]) => ({
      ...parseLineJob(owner, age, record),
      isHeld: kind === 'held',
      supervisor: verdict === 'alive' || verdict === 'dead' ? verdict : 'unknown',
    })),
    closed: valuesOf('closed').map(([owner = '']) => owner),
  };
}

function parseLineJob(owner = '', age = '', record = ''): LineJob {
  const {job, attempt, gpus} = parseRecord(record);
  const isId = typeof job === 'string' && /^[A-Za-z0-9._-]{1,100}$/.test(job);
  return {
    owner: owner === '' ? null : owner,
    job: isId ? job : null,
    attempt: countOf(attempt),
    gpus: countOf(gpus),
    ageMs: /^\d+$/.test(age) ? Number(age) * 1000 : null,
  };
}

function countOf(value: unknown): number | null {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : null;
}

function parseRecord(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
