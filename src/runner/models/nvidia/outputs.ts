import type {JobPlan} from '../../model.ts';

type Output = JobPlan['outputs'][number];

/** A file that a job makes; only its results are required. */
export function made(name: string, role: string, mediaType: string): Output {
  return {name, role, mediaType, isRequired: role === 'output'};
}

/** The logs that a program writes beside its results. */
export function logsNamed(...names: string[]): Output[] {
  return names.map((name) => made(name, 'extra', 'text/plain'));
}
