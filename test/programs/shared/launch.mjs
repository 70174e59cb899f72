/** How a program is started: `python SCRIPT …`, `python -m MODULE …`, or the same behind torchrun and its own options. */
import {existsSync} from 'node:fs';
import {basename, delimiter, join, resolve} from 'node:path';
import {flag, int, parse, text, UsageError} from './argparse.mjs';

/** Dashes and underscores are the same to torchrun. */
const TORCHRUN = {
  nproc_per_node: text('1'),
  nnodes: text('1:1'),
  node_rank: int(0),
  master_addr: text('127.0.0.1'),
  master_port: int(29500),
  rdzv_backend: text('static'),
  rdzv_endpoint: text(''),
  rdzv_id: text('none'),
  max_restarts: int(0),
  standalone: flag,
  redirects: text('0'),
  tee: text('0'),
  log_dir: text(''),
};

/**
 * @param {string} name the name that the program was started by
 * @param {string[]} words what follows it
 * @returns {{launcher: string, nproc: number, port: number, script?: string, module?: string, rest: string[]}}
 */
export function readLaunch(name, words) {
  return name.startsWith('torchrun') ? readTorchrun(words) : readPython(words);
}

function readPython(words) {
  const left = words[0] === '-u' ? words.slice(1) : words;
  const launch = {launcher: 'python', nproc: 1, port: 29500};
  if (left[0] === '-m') return {...launch, module: left[1], rest: left.slice(2)};
  if (left[0] === undefined || left[0].startsWith('-'))
    throw new UsageError(`unknown option ${left[0] ?? ''}\nusage: python [option] ... [file] [arg] ...`);
  return {...launch, script: left[0], rest: left.slice(1)};
}

function readTorchrun(words) {
  const own = [];
  let isModule = false;
  let at = 0;
  while (at < words.length && words[at].startsWith('-')) {
    const word = words[at];
    if (word === '-m' || word === '--module') {
      isModule = true;
      at += 1;
      continue;
    }
    const [, typed, inline] = /^--([^=]+)(=.*)?$/s.exec(word) ?? [];
    const name = typed?.replaceAll('-', '_');
    own.push(name === undefined ? word : `--${name}${inline ?? ''}`);
    at += 1;
    if (inline === undefined && name !== 'standalone' && at < words.length) own.push(words[at++]);
  }
  const values = parse('torchrun', TORCHRUN, own);
  if (at === words.length)
    throw new UsageError('torchrun: error: the following arguments are required: training_script');
  const nproc = /^\d+$/.test(values.nproc_per_node) ? Number(values.nproc_per_node) : 0;
  if (nproc === 0)
    throw new UsageError(`ValueError: Unsupported nproc_per_node value: ${values.nproc_per_node}`);
  const launch = {launcher: 'torchrun', nproc, port: values.master_port, rest: words.slice(at + 1)};
  return isModule ? {...launch, module: words[at]} : {...launch, script: words[at]};
}

/** The line of a Python that does not find what it should run; undefined where it is there. */
export function findMissing({script, module}, cwd = process.cwd()) {
  if (module !== undefined) {
    const file = `${module.replaceAll('.', '/')}.py`;
    const roots = [cwd, ...(process.env.PYTHONPATH ?? '').split(delimiter).filter((root) => root !== '')];
    const [top] = module.split('.');
    return roots.some((root) => existsSync(join(root, file)))
      ? undefined
      : `python: Error while finding module specification for '${module}' (ModuleNotFoundError: No module named '${top}')`;
  }
  return existsSync(resolve(cwd, script))
    ? undefined
    : `python: can't open file '${resolve(cwd, script)}': [Errno 2] No such file or directory`;
}

/** torchrun's report of a program that ended with anything but 0; it says nothing of the reason. */
export function wrapperLines(program, {rc = 1, traceback: reason} = {}) {
  return [
    'Traceback (most recent call last):',
    '  File "/usr/local/bin/torchrun", line 8, in <module>',
    '    sys.exit(main())',
    'torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ',
    '============================================================',
    `${program} FAILED`,
    '------------------------------------------------------------',
    'Root Cause (first observed failure):',
    '[0]:',
    '  time      : 2026-07-14_09:12:33',
    '  rank      : 0 (local_rank: 0)',
    `  exitcode  : ${reason ? -9 : rc} (pid: 4711)`,
    '  error_file: <N/A>',
    `  traceback : ${reason ?? 'To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html'}`,
    '============================================================',
  ];
}

/** The name that the program goes by; run under its own name, it goes by the first word. */
export function startedAs() {
  const name = basename(process.argv[1] ?? '');
  if (!name.endsWith('.mjs')) return name;
  return process.argv[2]?.startsWith('--') ? 'torchrun' : 'python';
}
