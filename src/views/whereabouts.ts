/** What `cosmos which` prints of one file. */
import type {RunSummary} from '../manifest/index/derive.ts';
import {shortId} from '../manifest/names.ts';
import type {Mention, Whereabouts} from '../workspace/which.ts';
import {formatBytes, shortDigest} from './format.ts';
import {cleanLine} from './text.ts';

interface Known {
  index: {getRun(id: string): RunSummary | undefined};
}

const HOW: Record<Mention['how'], string> = {made: 'made by', used: 'used by', names: 'named by'};

export function renderWhereabouts({file, digest, sizeBytes, mentions}: Whereabouts, {index}: Known): string {
  const head = `${cleanLine(file)}  ${formatBytes(sizeBytes)}  ${shortDigest(digest)}`;
  if (mentions.length === 0) return `${head}\n  nothing in this workspace names these bytes`;
  const lines = mentions.map(({kind, id, how, name}) => {
    const run = kind === 'runs' ? index.getRun(id) : undefined;
    const what = run
      ? `${shortId(id)}  ${run.model}, ${run.status}${run.scene === null ? '' : `, ${cleanLine(run.scene)}`}`
      : `${kind.slice(0, -1)} ${cleanLine(id)}`;
    return `  ${HOW[how]} ${what}${name === null ? '' : `  as ${cleanLine(name)}`}`;
  });
  return [head, ...lines].join('\n');
}
