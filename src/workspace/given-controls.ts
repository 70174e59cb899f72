/** `--controls preview`: edges and blur are computed here and sent, instead of by the model. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {CosmosError} from '../errors.ts';
import type {RunRequest} from '../runner/model.ts';
import {isScene, type SceneSource} from '../runner/source.ts';
import type {Workspace} from './workspace.ts';

/** Flags that shape the computed controls; they have had their effect then. */
const USED = ['canny-threshold', 'blur-strength'] as const;

/** What decides the computed controls of a source. */
type Wish = Pick<RunRequest, 'weights' | 'flags'>;

/** @throws CosmosError usage.invalid for what has no controls to compute */
export async function withControls(
  workspace: Workspace,
  model: string,
  request: RunRequest,
): Promise<RunRequest> {
  const {source, weights, flags} = request;
  if (model === 'preview' || !isScene(source))
    throw new CosmosError(
      'usage.invalid',
      model === 'preview'
        ? '--controls preview: a preview computes its controls anyway.'
        : '--controls preview works on scenes; this is a spec file, which names its controls itself.',
      {hint: 'Nothing was started. Leave --controls out, or name a model that renders and a scene.'},
    );
  const others = Object.entries(flags).filter(([name]) => !USED.some((used) => used === name));
  return {
    ...request,
    source: await computedOnce(workspace, source, {weights, flags}),
    flags: Object.fromEntries(others),
  };
}

/** A batch asks for the same controls of one source again and again. */
const computed = new WeakMap<SceneSource, Map<string, Promise<SceneSource>>>();

function computedOnce(workspace: Workspace, source: SceneSource, wish: Wish): Promise<SceneSource> {
  const known = computed.get(source) ?? new Map<string, Promise<SceneSource>>();
  computed.set(source, known);
  const {weights, flags} = wish;
  const names = Object.keys(weights).filter((name) => weights[name] !== 0);
  const key = JSON.stringify([
    Object.keys(weights).length > 0 && names.sort(),
    ...USED.map((name) => flags[name]),
  ]);
  const controls = known.get(key) ?? compute(workspace, source, wish);
  known.set(key, controls);
  return controls;
}

async function compute(workspace: Workspace, source: SceneSource, wish: Wish): Promise<SceneSource> {
  const folder = await mkdtemp(join(tmpdir(), 'cosmos-controls-'));
  workspace.onClose(() => rm(folder, {recursive: true, force: true}));
  const {withComputedControls} = await import('../runner/models/preview/given-controls.ts');
  return withComputedControls(source, {...wish, folder});
}
