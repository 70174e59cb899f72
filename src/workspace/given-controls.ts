/** `--controls preview`: edges and blur are computed here and sent, instead of by the model. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {CosmosError} from '../errors.ts';
import type {RunRequest} from '../runner/model.ts';
import {isScene} from '../runner/source.ts';
import type {Workspace} from './workspace.ts';

/** Flags that shape the computed controls; they have had their effect then. */
const USED: readonly string[] = ['canny-threshold', 'blur-strength'];

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
  const folder = await mkdtemp(join(tmpdir(), 'cosmos-controls-'));
  workspace.onClose(() => rm(folder, {recursive: true, force: true}));
  const {withComputedControls} = await import('../runner/models/preview/given-controls.ts');
  const {source: given} = await withComputedControls(source, {weights, flags, folder});
  const others = Object.entries(flags).filter(([name]) => !USED.includes(name));
  return {...request, source: given, flags: Object.fromEntries(others)};
}
