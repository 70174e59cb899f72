/** What `cosmos show` says of where a run comes from and what came of it. */
import type {RunSummary} from '../manifest/index/derive.ts';
import {shortId} from '../manifest/names.ts';
import type {Lineage, Relation, SharedFile} from '../workspace/lineage.ts';
import {plural} from './format.ts';
import {field, section, type LineOptions} from './lines.ts';
import {cleanLine} from './text.ts';

interface Known {
  getRun(id: string): RunSummary | undefined;
}

/** What fits on a screen with the rest; --json has all. */
const MOST = 8;

export function lineageLines(
  {children, sources, users}: Lineage,
  known: Known,
  options: LineOptions,
): string[] {
  return section(
    'Lineage',
    [
      ...lines(
        'Made of it',
        children.map((child) => relationText(child, known)),
        options,
      ),
      ...lines('Inputs of', filesOf(sources, known), options),
      ...lines('Used by', filesOf(users, known), options),
    ],
    options,
  );
}

function lines(label: string, texts: readonly string[], options: LineOptions): string[] {
  const shown = texts.slice(0, MOST);
  const more = texts.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${plural(more, 'more run', 'more runs')}`] : [])].flatMap(
    (text, index) => field(index === 0 ? label : '', text, options),
  );
}

function relationText({run, relation}: Relation, known: Known): string {
  return `${shortId(run)}  ${relation.split('-')[0] ?? ''}${statusOf(run, known)}`;
}

function filesOf(files: readonly SharedFile[], known: Known): string[] {
  return files.map(({run, name}) => `${shortId(run)}  ${cleanLine(name)}${statusOf(run, known)}`);
}

function statusOf(id: string, known: Known): string {
  const run = known.getRun(id);
  return run ? `, ${run.status}` : ', deleted';
}
