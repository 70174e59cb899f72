/** Where a run comes from and what came of it: what documents say, and what the bytes of inputs and outputs say. */
import type {Digest} from '../cas/digest.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import type {Workspace} from './workspace.ts';

export interface Relation {
  run: string;
  /** Such as `rerun-of`. */
  relation: string;
}

export interface SharedFile {
  run: string;
  /** Its name in this run. */
  name: string;
}

export interface Lineage {
  parents: Relation[];
  children: Relation[];
  /** Runs that made a file which this one has as an input. */
  sources: SharedFile[];
  /** Runs that have a file which this one made as an input. */
  users: SharedFile[];
}

/** Files that very many runs have in common, such as the passes of a scene, are named by this many at most. */
const MOST_RUNS = 50;

export async function lineageOf(workspace: Workspace, run: RunDocument): Promise<Lineage> {
  const inputs = run.inputs.filter(({role}) => role !== 'spec');
  const made = run.outputs.filter(({role}) => role === 'output');
  return {
    parents: run.parents.map(({run: parent, relation}) => ({run: parent, relation})),
    children: workspace.index.listChildren(run.id),
    sources: await sharing(workspace, run, {files: inputs, side: 'outputs'}),
    users: await sharing(workspace, run, {files: made, side: 'inputs'}),
  };
}

async function sharing(
  {index, documents}: Workspace,
  run: RunDocument,
  {files, side}: {files: readonly {name: string; digest: Digest}[]; side: 'inputs' | 'outputs'},
): Promise<SharedFile[]> {
  const found: SharedFile[] = [];
  for (const {name, digest} of files) {
    const others = index.listReferrers(digest).filter(({kind, id}) => kind === 'runs' && id !== run.id);
    for (const {id} of others.slice(0, MOST_RUNS)) {
      const other = await documents.read('runs', id);
      if (other[side].some((file) => file.digest === digest)) found.push({run: id, name});
    }
  }
  return found;
}
