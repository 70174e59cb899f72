/** What `cosmos list` prints. */
import type {RunSummary} from '../manifest/index/derive.ts';
import {shortId} from '../manifest/names.ts';
import type {Now} from '../platform/clock.ts';
import {isTerminal} from '../runner/transitions.ts';
import type {Prices} from '../workspace/prices.ts';
import {shortCost, type CostOptions} from './cost.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatElapsed,
  formatShown,
  formatSpan,
  since,
} from './format.ts';
import {statusWord, type Paint} from './paint.ts';
import {renderTable, type Cell, type Column} from './table.ts';
import {wrapToWidth} from './text.ts';

export interface RunListOptions {
  /** Columns of the terminal. */
  width: number;
  paint: Paint;
  now: Now;
  /** How many runs there are in all, or match the filter. */
  total: number;
  /** Whether the runs were chosen by a filter: an empty list then says so. */
  isFiltered?: boolean;
  /** Of the targets, for jobs that run. */
  prices?: Prices;
}

/** What a person must know about every run of kind preview. */
export const PREVIEW_LEGEND =
  'preview: control signals only; no model ran, the prompt is recorded, not rendered';

/** A table with a footer; no final line break. */
export function renderRunList(summaries: readonly RunSummary[], options: RunListOptions): string {
  const {width, paint, now} = options;
  if (summaries.length === 0) return emptyList(options);
  const columns = [...runColumns(paint, now()), ...placeColumns(summaries, {...options, now: now()})];
  const table = renderTable(columns, summaries, options);
  const notes = [formatShown(summaries.length, options.total, 'run', '; --all shows every one')];
  if (summaries.some(({kind}) => kind === 'preview')) notes.push(PREVIEW_LEGEND);
  const lines = notes.flatMap((note) => wrapToWidth(note, width)).map((line) => paint.faint(line));
  return [table, '', ...lines].join('\n');
}

function emptyList({isFiltered, width}: RunListOptions): string {
  const line =
    isFiltered === true
      ? 'No run matches.'
      : 'No runs yet. Make the first one: cosmos run FOLDER --prompt "a rainy street at night", where FOLDER holds color.mp4.';
  return wrapToWidth(line, width).join('\n');
}

function runColumns(paint: Paint, now: number): Column<RunSummary>[] {
  return [
    {title: 'ID', priority: 1, cell: ({id}) => shortId(id)},
    {title: 'STATUS', priority: 1, cell: (run) => statusWord(run, paint)},
    {title: 'MODEL', priority: 2, maxWidth: 20, cell: (run) => modelCell(run, paint)},
    {title: 'AGE', priority: 1, isNumber: true, cell: (run) => formatSpan(since(run.createdAt, now))},
    {title: 'TIME', priority: 3, isNumber: true, cell: (run) => timeText(run, now)},
    {title: 'OUTPUTS', priority: 4, isNumber: true, cell: outputsCell},
    {title: 'FAILURE', priority: 4, maxWidth: 24, cell: ({failure}) => failure ?? ''},
    {title: 'SCENE', priority: 5, maxWidth: 20, cell: ({scene}) => scene ?? ''},
    {
      title: 'PROMPT',
      priority: 2,
      isFlexible: true,
      minWidth: 10,
      goodWidth: 14,
      cell: (run) => promptCell(run),
    },
  ];
}

/** Where it ran and what that cost, once there is more than one place. */
function placeColumns(summaries: readonly RunSummary[], options: CostOptions): Column<RunSummary>[] {
  const costText = (run: RunSummary): string => shortCost(run, options);
  const hasTargets = summaries.some(({target}) => target !== 'local');
  const hasCosts = summaries.some((run) => costText(run) !== '');
  return [
    ...(hasTargets ? [{title: 'TARGET', priority: 4, maxWidth: 16, cell: targetText}] : []),
    ...(hasCosts ? [{title: 'COST', priority: 4, isNumber: true, cell: costText}] : []),
  ];
}

function targetText({target}: RunSummary): string {
  return target;
}

/** The name that `--model` takes, and the kind where the model can do several: `transfer1`, `relight`, `cosmos3 upscale`. */
function modelCell({kind, model}: RunSummary, paint: Paint): Cell {
  const text = kind === 'custom' || model.startsWith(kind) ? model : `${model} ${kind}`;
  return kind === 'preview' ? {text, style: paint.warn} : {text};
}

/** From the request to the end of the job (it may have been brought home much later), or until now. */
function elapsed(run: Pick<RunSummary, 'status' | 'createdAt' | 'since' | 'endedAt'>, now: number): number {
  const end = isTerminal(run.status) ? Date.parse(run.endedAt ?? run.since) : now;
  return end - Date.parse(run.createdAt);
}

/** In whole seconds while it grows. */
export function timeText(run: RunSummary, now: number): string {
  const ms = elapsed(run, now);
  return isTerminal(run.status) ? formatDuration(ms) : formatElapsed(ms);
}

function outputsCell({outputs, outputBytes}: RunSummary): string {
  return outputs === 0 ? '' : `${formatCount(outputs)}, ${formatBytes(outputBytes)}`;
}

/** A name that a person gave comes before the prompt. */
function promptCell({name, prompt}: RunSummary): string {
  return [name, prompt].filter((part) => part !== null && part !== '').join(': ');
}
