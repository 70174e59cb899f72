/** The environment of a job: what every program needs, what job.json names, and where to write. Nothing else leaks in. */
import type {Job} from '../../job.ts';
import type {JobPaths} from '../../job-paths.ts';

const BASIC_NAMES = [
  ...[
    'PATH',
    'HOME',
    'USER',
    'LOGNAME',
    'SHELL',
    'LANG',
    'LC_ALL',
    'LC_CTYPE',
    'TZ',
    'TMPDIR',
    'TMP',
    'TEMP',
  ],
  // Windows: without the first ones most programs do not start at all.
  ...[
    'SYSTEMROOT',
    'SYSTEMDRIVE',
    'WINDIR',
    'COMSPEC',
    'PATHEXT',
    'USERPROFILE',
    'USERNAME',
    'HOMEDRIVE',
    'HOMEPATH',
  ],
  ...['APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'PROGRAMFILES'],
];

/**
 * Every process of the job inherits this one, so it also marks them: the value is unique to the attempt.
 * See findLeftovers in processes.ts.
 */
export const MARK = 'COSMOS_OUTPUTS';

export function jobEnvironment(job: Job, paths: JobPaths, source = process.env): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const name of [...BASIC_NAMES, ...job.env]) {
    const value = source[name];
    if (value !== undefined) environment[name] = value;
  }
  return {...environment, ...job.variables, COSMOS_JOB: job.id, [MARK]: paths.outputs};
}
