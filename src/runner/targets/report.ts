/**
 * What a target says about itself: the lines of remote/check.sh as a report, and what of it stands in the way of runs.
 * Everything is reported at once; nothing is guessed that was not seen.
 */
import {CosmosError} from '../../errors.ts';
import {readRemote} from '../remote-text.ts';
import type {GpuFacts, TargetReport} from '../target-report.ts';
import type {CommandRunner} from '../target.ts';

export interface ReportRequest {
  root: string;
  image: string | null;
  /** Start one throwaway container of the image. */
  isTrying: boolean;
  /** By the name of the setting. */
  folders: Readonly<Record<string, string>>;
  /** Files that must be there and hold something. */
  files: readonly string[];
  /** Null for targets without containers. */
  runtime: readonly string[] | null;
}

/** The look at a machine, after what it shares with the supervisor. */
const SCRIPTS = ['logind.sh', 'gpus.sh', 'check.sh'];
/** A cold image on a slow disk takes its time to start. */
const TIMEOUT_MS = 120_000;

export async function readReport(runner: CommandRunner, request: ReportRequest): Promise<TargetReport> {
  const script = await readRemote(...SCRIPTS);
  const found = [
    ...Object.entries(request.folders),
    ...request.files.map((path, index) => [`file${index}`, path]),
  ];
  const words = [request.root, request.image ?? '', request.isTrying ? 'yes' : 'no', ...found.flat(), '--'];
  const argv = ['sh', '-s', '--', ...words, ...(request.runtime ?? [])];
  const {code, stdout, stderr} = await runner.exec(argv, {
    stdin: Buffer.from(script),
    timeoutMs: TIMEOUT_MS,
  });
  if (code !== 0)
    throw new CosmosError(
      'target.failed',
      `The target could not be looked at: ${stderr.trim().slice(0, 400)}`,
      {
        hint: 'cosmos needs a POSIX shell there.',
      },
    );
  return parseReport(stdout, request);
}

/** Lines of NAME<tab>VALUE; names that repeat are lists. */
export function parseReport(text: string, request: ReportRequest): TargetReport {
  const pairs = text.split('\n').map((line): [string, string] => {
    const tab = line.indexOf('\t');
    return tab < 0 ? [line, ''] : [line.slice(0, tab), line.slice(tab + 1)];
  });
  const facts = new Map(pairs);
  const get = (name: string): string | null => (facts.get(name) ?? '').trim() || null;
  const free = get('free');
  const id = get('image.id');
  return {
    system: get('system') ?? 'unknown',
    user: get('user') ?? 'unknown',
    root: request.root,
    freeBytes: free === null ? null : Number(free),
    isWritable: get('writable') === 'yes',
    gpus: pairs.filter(([name]) => name === 'gpu').map(([, value]) => parseGpu(value)),
    runtime: get('runtime.version'),
    image: id === null ? null : {id, digest: get('image.digest')},
    canQueue: get('tool.flock') === 'yes',
    problems: listProblems(get, request),
    warnings: listWarnings(get),
  };
}

function listProblems(get: (name: string) => string | null, request: ReportRequest): string[] {
  const missing = ['setsid', 'sha256sum', 'find', 'stat'].filter((tool) => get(`tool.${tool}`) !== 'yes');
  const folders = Object.entries(request.folders).filter(([name]) => get(`found.${name}`) !== 'yes');
  const files = request.files.filter((_, index) => get(`found.file${index}`) !== 'yes');
  const runtime = (request.runtime ?? []).join(' ');
  return [
    ...(get('writable') === 'yes' ? [] : [`the user ${get('user') ?? ''} cannot write to ${request.root}`]),
    ...missing.map((tool) => `the program ${tool} is not there; install coreutils, findutils and util-linux`),
    ...folders.map(([name, path]) => `${name}: there is no folder ${path}`),
    ...files.map((path) => `${path} is not there, or empty`),
    ...sentence(get('runtime.error'), (text) => `the container runtime "${runtime}" does not work: ${text}`),
    ...sentence(
      get('image.error'),
      () =>
        `the image ${request.image ?? ''} is not there; build it there, or bring it with "${runtime} pull ${request.image ?? ''}"`,
    ),
    ...sentence(get('container.try'), (text) =>
      text === 'ok' ? undefined : `a container of ${request.image ?? ''} could not be started: ${text}`,
    ),
    ...(get('gpu') === null ? sentence(get('gpu.note'), (text) => `nvidia-smi does not work: ${text}`) : []),
  ];
}

function listWarnings(get: (name: string) => string | null): string[] {
  const lingers = get('logind.lingers') === 'yes';
  const isManaged = get('logind.manager') === 'yes';
  const linger = 'run "loginctl enable-linger" there';
  return [
    ...(get('logind.kills') === 'yes' && !(lingers && isManaged)
      ? [
          isManaged
            ? `the system ends what a user left running at logout; ${linger}, else jobs without containers die with the connection`
            : 'the system ends what a user left running at logout, and "systemd-run --user" cannot start anything outside the session; jobs without containers die with the connection unless KillUserProcesses=no stands in logind.conf there',
        ]
      : []),
    // Their processes are below the user's manager, which ends with the last session.
    ...(get('runtime.rootless') === 'yes' && get('logind.lingers') === 'no'
      ? [`podman runs without root there, and its containers may end at logout; ${linger}`]
      : []),
    ...(get('gpu') === null ? [] : sentence(get('gpu.note'), (text) => `nvidia-smi says: ${text}`)),
    ...(get('tool.flock') === 'yes'
      ? []
      : [
          'queueing is off, as the program flock is not there: jobs that need the same GPU start at once; install util-linux',
        ]),
  ];
}

function sentence(value: string | null, say: (value: string) => string | undefined): string[] {
  const said = value === null ? undefined : say(value);
  return said === undefined ? [] : [said];
}

/** A number, with its unit from a driver that does not know "nounits"; else `[N/A]`, `[Not Supported]` and the like. */
const QUANTITY = /^(-?\d+(?:\.\d+)?)(?: (?:MiB|%|W|C))?$/;

/** What check.sh asks nvidia-smi for. */
export const GPU_QUERY =
  'index,name,uuid,driver_version,memory.total,memory.used,utilization.gpu,temperature.gpu,power.draw';

/** One line of `nvidia-smi --format=csv,noheader,nounits` with these fields. */
export function parseGpu(line: string): GpuFacts {
  const [index = '', name = '', uuid = '', driver = '', ...numbers] = line
    .split(',')
    .map((part) => part.trim());
  const [total, used, utilisation, temperature, power] = numbers.map((text) => {
    const [, quantity] = QUANTITY.exec(text) ?? [];
    return quantity === undefined ? null : Number(quantity);
  });
  return {
    index: Number(index),
    name,
    uuid,
    driver,
    memoryTotalMiB: total ?? null,
    memoryUsedMiB: used ?? null,
    utilisationPercent: utilisation ?? null,
    temperatureC: temperature ?? null,
    powerW: power ?? null,
  };
}
