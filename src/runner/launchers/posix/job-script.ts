/**
 * job.sh: what job.json says, as definitions that the supervisor on the target sources, so that no shell ever parses
 * JSON. Every word is quoted in one place; the last line proves that the file is whole.
 */
import {CosmosError} from '../../../errors.ts';
import type {Job, JobContainer, JobInput, JobMount} from '../../job.ts';
import {isSafeOutputName} from '../../sums.ts';
import {quoteWords} from '../../transports/ssh/quote.ts';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Between the members of `--mount`, which the runtime reads as a line of CSV. */
const MOUNT_BREAKER = /[,"\n\r]/;
/** What a registry, an engine or a digest may call an image. */
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/;

/** @throws CosmosError input.invalid for what no shell, runtime or job folder can take */
export function formatJobScript(job: Job): string {
  const {timeoutMs, stopGraceMs} = job.limits;
  const lines = [
    '# What job.json says, for the supervisor.',
    `job_id=${quoteWords([job.id])}`,
    `job_attempt=${job.attempt}`,
    `job_timeout_ms=${timeoutMs ?? ''}`,
    `job_grace_ms=${stopGraceMs}`,
    `job_gpus=${job.gpus ?? 0}`,
    `job_after=${quoteWords([(job.after ?? []).join(' ')])}`,
    `job_workdir=${job.workdir == null ? '$folder' : quoteWords([job.workdir])}`,
    `job_argv() { "$@" ${quoteWords(job.argv)}; }`,
    ...formatFunction('job_inputs', job.inputs.map(formatInput)),
    ...formatFunction('job_variables', formatVariables(job.variables ?? {})),
    ...(job.container == null ? [] : formatContainer(job.container)),
    'is_whole=true',
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Lines of shell that export values, for the standard input of `start`.
 * @throws CosmosError input.invalid for a name or value that no environment can hold
 */
export function formatVariables(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => {
    if (!VARIABLE.test(name)) throw invalid(`${JSON.stringify(name)} is no name of an environment variable.`);
    return `export ${name}=${quoteWords([value])}`;
  });
}

function formatFunction(name: string, body: string[]): string[] {
  return [`${name}() {`, ...body.map((line) => `  ${line}`), '  true', '}'];
}

function formatInput({name, digest, size}: JobInput): string {
  if (!isSafeOutputName(name)) {
    throw invalid(`The input ${JSON.stringify(name)} has a name that leads out of the folder of inputs.`);
  }
  return `input ${digest.replace(/^sha256:/, '')} ${size} ${quoteWords([name])}`;
}

function formatContainer(container: JobContainer): string[] {
  const {runtime, image, mounts, memory, shm, ipc} = container;
  if (!IMAGE.test(image)) throw invalid(`${JSON.stringify(image)} is no name of an image.`);
  const options = [
    ...(memory == null ? [] : ['--memory', memory]),
    // Of the host's namespace there is nothing to size: Docker ignores the option then, and podman refuses it.
    ...(shm === null || ipc === 'host' ? [] : ['--shm-size', shm]),
    ...(ipc === null ? [] : ['--ipc', ipc]),
    ...mounts.flatMap((mount) => ['--mount', formatMount(mount)]),
  ];
  return [
    `job_image=${quoteWords([image])}`,
    `job_runtime() { ${quoteWords(runtime)} "$@"; }`,
    `job_container() { "$@" ${quoteWords(options)}; }`,
  ];
}

/** `--mount` and not `-v`: a folder that is not there is an error, not a new empty one. */
function formatMount({source, target, isReadOnly}: JobMount): string {
  if (MOUNT_BREAKER.test(source) || MOUNT_BREAKER.test(target)) {
    throw invalid(
      `${JSON.stringify(source)} cannot be mounted at ${JSON.stringify(target)}: a path with a comma, a quotation mark or a line break cannot be written down for the runtime.`,
    );
  }
  return `type=bind,source=${source},target=${target}${isReadOnly ? ',readonly' : ''}`;
}

function invalid(message: string): CosmosError {
  return new CosmosError('input.invalid', message, {hint: 'Choose another name, and submit the run again.'});
}
