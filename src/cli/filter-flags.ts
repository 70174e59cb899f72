/** The flags that choose runs: the same for every command that lists them. */
import * as Flags from '@oclif/core/flags';
import {RUN_STATUSES, type RunStatus} from '../manifest/run-status.ts';
import type {RunFilter} from '../workspace/find-runs.ts';

const GROUP = 'WHICH RUNS';

export const filterFlags = {
  status: Flags.string({description: 'in this state', options: [...RUN_STATUSES], helpGroup: GROUP}),
  scene: Flags.string({description: 'of this scene', helpGroup: GROUP}),
  model: Flags.string({description: 'of this model', helpGroup: GROUP}),
  kind: Flags.string({description: 'preview, transfer, upscale, enhance or custom', helpGroup: GROUP}),
  target: Flags.string({description: 'on this target', helpGroup: GROUP}),
  since: Flags.string({description: 'made since: 2026-11-01, or an age such as 7d', helpGroup: GROUP}),
  until: Flags.string({description: 'made before: 2026-11-01, or an age such as 12h', helpGroup: GROUP}),
  rating: Flags.string({description: '4, 4+ (or better) or none', helpGroup: GROUP}),
  tag: Flags.string({
    description: 'with this tag; may be given several times',
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: GROUP,
  }),
  param: Flags.string({
    description: 'with this parameter, as in num_steps=20 or "weights.edge>0.5"',
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: GROUP,
  }),
  prompt: Flags.string({description: 'of this prompt, by id or name', helpValue: 'PROMPT', helpGroup: GROUP}),
  batch: Flags.string({description: 'of this batch', helpValue: 'ID', helpGroup: GROUP}),
};

/** The flags are named in the singular, as each is given once for each value. */
interface Given extends Omit<RunFilter, 'status' | 'tags' | 'parameters' | 'words'> {
  status?: string | undefined;
  tag?: string[] | undefined;
  param?: string[] | undefined;
}

const NAMES = ['scene', 'model', 'kind', 'target', 'since', 'until', 'rating', 'prompt', 'batch'] as const;

export function filterOf({tag, param, status, ...given}: Given): RunFilter {
  const same = Object.fromEntries(NAMES.map((name) => [name, given[name]]));
  return {...same, status: status as RunStatus | undefined, tags: tag, parameters: param};
}

/** Whether anything was asked for. */
export function isFiltered(filter: RunFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}
