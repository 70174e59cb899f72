/** What deleting does, before and after. */
import type {RunSummary} from '../manifest/index/derive.ts';
import {shortId} from '../manifest/names.ts';
import type {NamedBlob} from '../manifest/references.ts';
import type {DeletedDocument, Deletion, DeletionPlan, KeptBlob} from '../workspace/deletion.ts';
import {formatBytes, plural, shortDigest} from './format.ts';
import {cleanLine} from './text.ts';

interface Known {
  getRun(id: string): RunSummary | undefined;
  listRunsOf(prompt: string): string[];
}

/** What fits on a screen with the rest; --json has all. */
const MOST = 20;

/** @param known as it was before the deletion */
export function describeDeletion({documents, garbage, kept}: DeletionPlan, known: Known): string[] {
  const bytes = garbage.reduce((sum, {size}) => sum + Math.max(0, size), 0);
  return [
    ...documents.map((each) => `  ${documentText(each, known)}`),
    ...(garbage.length === 0
      ? []
      : [
          `Garbage afterwards, which "cosmos gc" collects: ${plural(garbage.length, 'file')}, ${formatBytes(bytes)}`,
          ...listed(garbage, (blob) => `${blobName(blob)}  ${formatBytes(Math.max(0, blob.size))}`),
        ]),
    ...(kept.length === 0
      ? []
      : [`Stay, as others name them too: ${plural(kept.length, 'file')}`, ...listed(kept, keptText)]),
  ];
}

export function renderPlannedDeletion(plan: DeletionPlan, described: readonly string[]): string[] {
  return [
    `Would move to the trash: ${plural(plan.documents.length, 'document')}`,
    ...described,
    'Nothing was deleted. Leave --dry-run out to do it.',
  ];
}

export function renderDeletion(
  {documents, batch, leftViews}: Deletion,
  described: readonly string[],
): string[] {
  return [
    `Moved to the trash: ${plural(documents.length, 'document')}`,
    ...described,
    ...leftViews.map((view) => `The folder ${cleanLine(view)} could not be moved and was left where it is.`),
    `Bring it back with: cosmos gc undo ${batch}`,
  ];
}

function documentText({kind, id, view}: DeletedDocument, known: Known): string {
  if (kind === 'prompts') {
    const runs = known.listRunsOf(id).length;
    const use =
      runs === 0
        ? 'no run used it'
        : `${plural(runs, 'run')} used it and ${runs === 1 ? 'keeps' : 'keep'} the text`;
    return `${shortId(id)}  ${use}`;
  }
  if (kind === 'refs') return `${cleanLine(id)}  ref`;
  const run = known.getRun(id);
  const facts = run ? [run.model, run.status, ...(run.scene === null ? [] : [cleanLine(run.scene)])] : [];
  return [shortId(id), facts.join(', '), ...(view === null ? [] : ['with its folder'])].join('  ');
}

function listed<T>(items: readonly T[], text: (item: T) => string): string[] {
  const more = items.length - MOST;
  return [
    ...items.slice(0, MOST).map((item) => `  ${text(item)}`),
    ...(more > 0 ? [`  … and ${plural(more, 'more file')}; --json lists every one`] : []),
  ];
}

function blobName({name, digest}: NamedBlob): string {
  return cleanLine(name ?? shortDigest(digest));
}

function keptText({namedBy, ...blob}: KeptBlob): string {
  const [first = '', ...others] = namedBy;
  return `${blobName(blob)}  ${cleanLine(first)}${others.length > 0 ? ` and ${plural(others.length, 'other')}` : ''}`;
}
