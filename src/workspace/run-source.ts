/** What `cosmos run` was given to run: a scene folder, a spec file, or an earlier run, in the words of the models. */
import {existsSync} from 'node:fs';
import {basename, join, resolve} from 'node:path';
import {blobPath} from '../cas/local/paths.ts';
import {readAll} from '../cas/verified-read.ts';
import {CosmosError} from '../errors.ts';
import {isName} from '../manifest/names.ts';
import type {PromptDocument, RunDocument} from '../manifest/types.gen.ts';
import {isObject, type Json} from '../runner/json.ts';
import type {RunRequest} from '../runner/model.ts';
import {readSources, type Locate, type RunSource} from '../runner/source.ts';
import {resolvePrompt} from './prompts.ts';
import {findScene} from './scenes.ts';
import type {Workspace} from './workspace.ts';

/** What an earlier run gives to one that is made from it; what is said anew counts more. */
export type FromRun = Pick<RunRequest, 'source' | 'prompt' | 'negative'> & {
  base: Readonly<Record<string, unknown>>;
  run: RunDocument;
  relation: RunDocument['parents'][number]['relation'];
};

/** What is run, with the texts that come along when it is a prompt. */
export interface Found {
  sources: RunSource[];
  prompt?: Pick<PromptDocument, 'id' | 'text' | 'negative'>;
}

const PROMPT_ID = /^ps_[0-9a-f]{4,32}$/;

/**
 * A prompt (by its id) with its scene, a path, or the name of a scene of the store.
 * @param folder where relative paths start
 * @throws CosmosError id.unknown, file.unreadable, input.invalid
 */
export async function findSources(
  workspace: Workspace,
  text: string,
  {folder, specHint}: {folder: string; specHint: string},
): Promise<Found> {
  if (!PROMPT_ID.test(text)) return {sources: await readAny(workspace, text, {folder, specHint})};
  const prompt = await resolvePrompt(workspace, text);
  if (prompt.scene !== undefined)
    return {sources: await readAny(workspace, prompt.scene, {folder, specHint}), prompt};
  throw new CosmosError('input.invalid', `The prompt ${prompt.id} is for no scene.`, {
    hint: `Nothing was started. Give the scene, and the text with --prompt; or say once what it is for: cosmos prompt edit ${text} --scene NAME`,
  });
}

/** A file or folder of that name comes before a scene of the store. */
async function readAny(
  workspace: Workspace,
  text: string,
  {folder, specHint}: {folder: string; specHint: string},
): Promise<RunSource[]> {
  const path = resolve(folder, text);
  const scene = isName(text) && !existsSync(path) ? await findScene(workspace, text) : undefined;
  return scene ? [scene] : readSources(path, specHint);
}

/**
 * The spec of an earlier run, with its inputs where they lie in the store.
 * @throws CosmosError input.invalid for a run without a spec of its own, blob.missing
 */
export async function sourceOfRun(workspace: Workspace, run: RunDocument): Promise<FromRun> {
  refuseLoad(run);
  const spec = await readSpec(workspace, run);
  return {
    source: {
      name: run.scene?.name ?? run.id,
      spec,
      path: run.id,
      folder: workspace.root,
      locate: locateIn(workspace, run, spec),
      findings: [],
    },
    prompt: run.prompt?.text ?? null,
    negative: run.prompt?.negative ?? null,
    base: run.parameters,
    run,
    relation: 'rerun-of',
  };
}

/**
 * The result of a finished run as a clip to work on. Its prompt goes along, as the upscaler may be guided by it.
 * @throws CosmosError input.invalid for a run that has no video to show
 */
export function resultOfRun(workspace: Workspace, run: RunDocument): FromRun {
  const output = run.outputs.find(({name}) => name === run.primaryOutput);
  if (run.status !== 'completed' || !output?.media)
    throw new CosmosError(
      'input.invalid',
      run.status === 'completed'
        ? `The run ${run.id} has no video to work on.`
        : `The run ${run.id} is ${run.status}; only the result of a completed run can be worked on.`,
      {hint: 'Nothing was started. "cosmos list --status completed" shows the runs that have one.'},
    );
  const color = {
    path: join(workspace.outputs, basename(output.name)),
    at: blobPath(workspace.store.context.paths, output.digest),
    media: output.media,
  };
  const scene = {name: run.scene?.name ?? run.id, passes: {color}, broken: []};
  return {
    source: {scene, findings: [], ...(run.scene?.ref !== undefined && {ref: run.scene.ref})},
    prompt: run.prompt?.text ?? null,
    negative: run.prompt?.negative ?? null,
    base: {},
    run,
    relation: 'upscale-of',
  };
}

async function readSpec({store}: Workspace, run: RunDocument): Promise<Json> {
  if (!run.spec) throw noSpec(run);
  const spec: unknown = JSON.parse((await readAll(store.fetch(run.spec))).toString('utf8'));
  if (isObject(spec)) return spec;
  throw noSpec(run);
}

/** What it ran was theirs for whom it loaded the model. */
function refuseLoad({id, kind, members = []}: RunDocument): void {
  if (kind !== 'load') return;
  throw new CosmosError('input.invalid', `The run ${id} only loaded the model for others.`, {
    hint: `Nothing was started. Name one of those that it was loaded for: ${members.join(', ')}`,
  });
}

function noSpec({id}: RunDocument): CosmosError {
  return new CosmosError('input.invalid', `The run ${id} has no spec that another one could be made from.`, {
    hint: 'Nothing was started. Give the scene or the spec file that it was made from.',
  });
}

/**
 * A spec names its inputs by their paths on the target, which end in inputs/ and their names; so do parameters. Other paths are
 * of files here.
 */
function locateIn({store}: Workspace, {inputs, parameters}: RunDocument, spec: Json): Locate {
  const named = JSON.stringify([spec, parameters]);
  return (path) => {
    if (!named.includes(JSON.stringify(path))) return undefined;
    const name = /(?:^|[\\/])inputs[\\/]([^\\/]+)$/.exec(path)?.[1];
    const input = inputs.find((candidate) => candidate.name === name);
    return input && blobPath(store.context.paths, input.digest);
  };
}
