/**
 * The preview's edges and blur as given controls of a run that renders: the same every time, and with thresholds that a person
 * chooses. Transfer1 would draw them with random ones.
 */
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {CosmosError} from '../../../errors.ts';
import type {Weights} from '../../model.ts';
import {placeOfPass, readPass, type PassName} from '../../scene.ts';
import type {SceneSource} from '../../source.ts';
import type {Flags} from '../parameters.ts';
import {COMPUTED, controlFile, type ControlName} from './controls.ts';
import {DEFAULT_PRESET, isPreset, PRESETS} from './presets.ts';
import {runPreview} from './preview.ts';
import {parsePreviewSpec} from './spec.ts';

/** Names of weights that mean the control of another name. */
const ALIASES: Readonly<Record<string, string>> = {blur: 'vis'};

/**
 * The source with what the weights ask for and its scene has no pass of, computed into an existing folder.
 * @throws CosmosError usage.invalid for a strength that is none; what a preview throws
 */
export async function withComputedControls(
  source: SceneSource,
  {weights, flags, folder}: {weights: Weights; flags: Flags; folder: string},
): Promise<SceneSource> {
  const {scene} = source;
  const color = scene.passes.color;
  const wanted = wantedOf(weights).filter((name) => scene.passes[name] === undefined);
  if (!color || source.findings.length > 0 || wanted.length === 0) return source;
  const spec = parsePreviewSpec(
    JSON.stringify({
      prompt: '',
      input_video_path: placeOfPass(color),
      canny_threshold: presetOf(flags, 'canny-threshold'),
      blur_strength: presetOf(flags, 'blur-strength'),
      ...Object.fromEntries(wanted.map((name) => [name, {control_weight: 0.5}])),
    }),
  );
  await runPreview({spec, outputDir: folder, onFrame: () => undefined});
  await rm(join(folder, 'output.mp4'), {force: true});
  const passes = {...scene.passes};
  for (const name of wanted) passes[name as PassName] = await readPass(join(folder, controlFile(name)));
  return {...source, scene: {...scene, passes}};
}

/** Without weights, both are among the usual controls of a scene. */
function wantedOf(weights: Weights): ControlName[] {
  const named = Object.entries(weights);
  if (named.length === 0) return [...COMPUTED];
  const positive = named.filter(([, weight]) => weight !== 0).map(([name]) => ALIASES[name] ?? name);
  return COMPUTED.filter((name) => positive.includes(name));
}

function presetOf(flags: Flags, name: 'canny-threshold' | 'blur-strength'): string {
  const value = flags[name] ?? DEFAULT_PRESET;
  if (isPreset(value)) return value;
  throw new CosmosError('usage.invalid', `--${name}: ${JSON.stringify(value)} is no strength.`, {
    hint: `Nothing was started. Use one of ${PRESETS.join(', ')}.`,
  });
}
