/**
 * Scenes of the store: refs whose entries are the passes of a shot. The same clip under two names is one blob. A run of a scene
 * takes the blobs as they are; the folder that they came from may be gone.
 */
import {join} from 'node:path';
import {blobPath} from '../cas/local/paths.ts';
import {missingBlob} from '../cas/memory.ts';
import {CosmosError} from '../errors.ts';
import type {PromptSummary} from '../manifest/index/derive.ts';
import {parseName} from '../manifest/names.ts';
import type {RefDocument, RunFile} from '../manifest/types.gen.ts';
import {fileSource} from '../platform/chunks.ts';
import {suggestion} from '../nearest.ts';
import {isoTime} from '../platform/clock.ts';
import {refuseFindings} from '../runner/findings.ts';
import {
  findDisagreements,
  PASS_FILES,
  placeOfPass,
  type Pass,
  type PassName,
  type Scene,
} from '../runner/scene.ts';
import type {SceneSource} from '../runner/source.ts';
import {tryThumbnails} from './thumbnails.ts';
import type {Workspace} from './workspace.ts';

type Entry = RefDocument['entries'][number];

export interface ScenePass extends Entry {
  role: PassName;
  media: NonNullable<RunFile['media']>;
}

export interface StoredScene {
  name: string;
  createdAt: string;
  passes: ScenePass[];
  /** By the digest of a pass; of those that could be read. */
  thumbnails: NonNullable<RefDocument['thumbnails']>;
  /** Ids of runs that have its colour pass as an input. */
  runs: string[];
  /** Ids of prompts that are for it. */
  prompts: string[];
}

const PASSES = Object.keys(PASS_FILES) as PassName[];

/** @returns isNew false when there is the same scene under that name already; notes about thumbnails. @throws CosmosError input.invalid, document.exists */
export async function addScene(
  workspace: Workspace,
  name: string,
  scene: Pick<Scene, 'passes'> & {findings: readonly string[]},
): Promise<{scene: StoredScene; isNew: boolean; notes: string[]}> {
  parseName(name, 'scene');
  const findings = [...scene.findings, ...(scene.findings.length > 0 ? [] : findDisagreements(scene.passes))];
  if (!scene.passes.color && findings.length === 0) findings.push('there is no color pass');
  refuseFindings(
    `the scene ${name}`,
    [...new Set(findings)],
    'Nothing was stored. Correct the videos and run the command again.',
  );
  const isNew = await workspace.leases.hold(`storing the scene ${name}`, async (lease) => {
    const passes = PASSES.flatMap((role): [PassName, Pass][] => {
      const pass = scene.passes[role];
      return pass ? [[role, pass]] : [];
    });
    const items = passes.map(([, pass]) => ({
      mediaType: 'video/mp4',
      open: () => fileSource(placeOfPass(pass)),
    }));
    const blobs = await workspace.store.pushAll(items, lease);
    const entries = passes.flatMap(([role, {media}], index): Entry[] => {
      const blob = blobs[index];
      return blob ? [{...blob, name: PASS_FILES[role][0], role, media}] : [];
    });
    return createRef(workspace, {name, entries}, lease);
  });
  const notes = await tryThumbnails(workspace, 'refs', name);
  return {scene: await readScene(workspace, name), isNew, notes};
}

async function createRef(
  {documents, index, now}: Workspace,
  {name, entries}: Pick<RefDocument, 'name' | 'entries'>,
  lease: Parameters<Parameters<Workspace['leases']['hold']>[1]>[0],
): Promise<boolean> {
  if (index.has('refs', name)) {
    const known = await documents.read('refs', name);
    if (known.kind === 'scene' && isSame(known.entries, entries)) return false;
  }
  const document: RefDocument = {
    schema: 'cosmos/ref/v1',
    name,
    kind: 'scene',
    createdAt: isoTime(now()),
    entries,
  };
  await documents.create('refs', document, {lease}).catch((error: unknown) => {
    if (!(error instanceof CosmosError && error.code === 'document.exists')) throw error;
    throw new CosmosError(
      'document.exists',
      `There is a scene or ref "${name}" already, with other content.`,
      {
        hint: `Nothing was changed. Choose another name, or delete that one first: cosmos delete ${name}`,
        cause: error,
      },
    );
  });
  return true;
}

function isSame(a: readonly Entry[], b: readonly Entry[]): boolean {
  const keysOf = (entries: readonly Entry[]): string =>
    JSON.stringify(entries.map(({role, digest}) => [role, digest]).toSorted());
  return keysOf(a) === keysOf(b);
}

/** @throws CosmosError id.unknown */
export async function readScene(workspace: Workspace, text: string): Promise<StoredScene> {
  const name = workspace.index.resolve('refs', text);
  const ref = await workspace.documents.read('refs', name);
  if (ref.kind === 'scene') return describe(workspace, ref, Array.from(workspace.index.listPrompts()));
  throw new CosmosError('id.unknown', `"${name}" is a ref, but no scene.`, {
    hint: 'List the scenes with "cosmos scene list".',
  });
}

/** By name. */
export async function listScenes(workspace: Workspace): Promise<StoredScene[]> {
  const prompts = Array.from(workspace.index.listPrompts());
  const scenes: StoredScene[] = [];
  for (const name of workspace.index.listIds('refs')) {
    const ref = await workspace.documents.read('refs', name);
    if (ref.kind === 'scene') scenes.push(describe(workspace, ref, prompts));
  }
  return scenes;
}

function describe(
  {index}: Workspace,
  {name, createdAt, entries, thumbnails = {}}: RefDocument,
  prompts: readonly PromptSummary[],
): StoredScene {
  const passes = entries.filter(isPass);
  const color = passes.find(({role}) => role === 'color');
  const referrers = color ? index.listReferrers(color.digest) : [];
  const own = prompts.filter(({scene}) => scene?.toLowerCase() === name.toLowerCase());
  return {
    name,
    createdAt,
    passes,
    thumbnails,
    runs: referrers.flatMap(({kind, id}) => (kind === 'runs' ? [id] : [])),
    prompts: own.map(({id}) => id),
  };
}

function isPass(entry: Entry): entry is ScenePass {
  return entry.media !== undefined && PASSES.some((pass) => pass === entry.role);
}

/** The name of a scene as it is kept, whatever the case of its letters here. @throws CosmosError id.unknown */
export async function requireSceneName(workspace: Workspace, text: string): Promise<string> {
  const ref = await findSceneRef(workspace, text);
  if (ref) return ref.name;
  const names = (await listScenes(workspace)).map(({name}) => name);
  const known = names.length === 0 ? 'No scene is kept yet' : `There are: ${names.join(', ')}`;
  throw new CosmosError(
    'id.unknown',
    `No scene is named ${JSON.stringify(text)}${suggestion(text, names)}.`,
    {
      hint: `Nothing was made. ${known}. Keep a folder of passes as one with: cosmos scene add FOLDER`,
      facts: {scene: text},
    },
  );
}

async function findSceneRef({documents, index}: Workspace, text: string): Promise<RefDocument | undefined> {
  const name = index.listIds('refs').find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  const ref = name === undefined ? undefined : await documents.read('refs', name);
  return ref?.kind === 'scene' ? ref : undefined;
}

/** What a run takes; undefined when there is no scene of that name. @throws CosmosError blob.missing */
export async function findScene(workspace: Workspace, text: string): Promise<SceneSource | undefined> {
  const {store, root} = workspace;
  const ref = await findSceneRef(workspace, text);
  if (!ref) return undefined;
  const {name} = ref;
  const passes: Scene['passes'] = {};
  for (const {role, digest, media, name: file} of ref.entries.filter(isPass)) {
    if (!(await store.find(digest))) throw missingBlob(digest);
    passes[role] = {path: join(root, name, file), at: blobPath(store.context.paths, digest), media};
  }
  return {scene: {name, passes, broken: []}, ref: name, findings: []};
}
