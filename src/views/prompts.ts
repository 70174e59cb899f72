/** What the commands of prompts print. */
import type {RunSummary} from '../manifest/index/derive.ts';
import {shortId} from '../manifest/names.ts';
import type {PromptDocument} from '../manifest/types.gen.ts';
import type {Now} from '../platform/clock.ts';
import type {ListedPrompt, Made} from '../workspace/prompts.ts';
import {formatAge, formatCount, formatShown, formatSpan, formatStars, since} from './format.ts';
import {field, indented, joinSections, section, type LineOptions} from './lines.ts';
import {renderTable, type Column} from './table.ts';
import {cleanLine, cleanLines} from './text.ts';

/** `ps_1a2b3c4d  snow  (a new version)` */
export function describeMade({prompt, isNew, oldName}: Made): string {
  const version = prompt.parent === undefined ? [] : ['a new version'];
  const renamed = oldName === null ? [] : [`it was named ${cleanLine(oldName)}`];
  const what = isNew ? version : ['was there already', ...renamed];
  const note = what.length === 0 ? '' : `  (${what.join('; ')})`;
  return `${shortId(prompt.id)}  ${cleanLine(prompt.name ?? '')}${note}`;
}

export interface PromptListOptions extends LineOptions {
  total: number;
  now: Now;
  isFiltered?: boolean;
}

export function renderPrompts(prompts: readonly ListedPrompt[], options: PromptListOptions): string {
  if (prompts.length === 0)
    return options.isFiltered === true
      ? 'No prompt matches.'
      : 'No prompts. Keep one: cosmos prompt create "snow, early morning"';
  const foot = formatShown(prompts.length, options.total, 'prompt', '; --limit shows more');
  return [renderTable(columns(options.now()), prompts, options), '', options.paint.faint(foot)].join('\n');
}

function columns(now: number): Column<ListedPrompt>[] {
  return [
    {title: 'ID', priority: 1, cell: ({id}) => shortId(id)},
    {title: 'NAME', priority: 2, maxWidth: 28, cell: ({name}) => name ?? ''},
    {title: 'SCENE', priority: 4, maxWidth: 20, cell: ({scene}) => scene ?? ''},
    {title: 'AGE', priority: 4, isNumber: true, cell: ({createdAt}) => formatSpan(since(createdAt, now))},
    {title: 'RUNS', priority: 3, isNumber: true, cell: ({runs}) => (runs === 0 ? '' : formatCount(runs))},
    {title: 'RATING', priority: 3, isNumber: true, cell: ({meanRating}) => meanRating?.toFixed(1) ?? ''},
    {
      title: 'TEXT',
      priority: 1,
      isFlexible: true,
      minWidth: 10,
      goodWidth: 20,
      cell: ({text}) => text.replaceAll(/\s+/g, ' '),
    },
  ];
}

export interface ShownPrompt {
  prompt: PromptDocument;
  versions: readonly PromptDocument[];
  runs: readonly RunSummary[];
}

export function renderPrompt(
  {prompt, versions, runs}: ShownPrompt,
  options: LineOptions & {now: Now},
): string {
  const {name, text, negative, scene, origin, createdAt} = prompt;
  return joinSections([
    [
      options.paint.strong(prompt.id),
      ...(name === null ? [] : field('Name', cleanLine(name), options)),
      ...(scene === undefined ? [] : field('Scene', cleanLine(scene), options)),
      ...field('Made', formatAge(since(createdAt, options.now())), options),
      ...(origin ? field('Written by', `a model, in the run ${shortId(origin.run)}`, options) : []),
    ],
    section(
      'Text',
      cleanLines(text).flatMap((line) => indented(line, 2, options)),
      options,
    ),
    negative === null
      ? []
      : section(
          'Negative',
          cleanLines(negative).flatMap((line) => indented(line, 2, options)),
          options,
        ),
    section(
      'Versions',
      versions.length < 2 ? [] : versions.flatMap((each) => versionLines(each, options)),
      options,
    ),
    section('Runs', runs.map(runLine), options),
  ]).join('\n');
}

function versionLines({id, text, createdAt}: PromptDocument, options: LineOptions & {now: Now}): string[] {
  const head = `${shortId(id)}  ${formatAge(since(createdAt, options.now()))}`;
  return [head, ...indented(text.replaceAll(/\s+/g, ' '), 4, options)];
}

function runLine({id, model, status, rating}: RunSummary): string {
  return `${shortId(id)}  ${model}, ${status}${rating === null ? '' : `, ${formatStars(rating)}`}`;
}
