/**
 * A request to Transfer1 with every default filled in, checked as far as it can be checked without a GPU: everything that
 * is wrong is said at once, before anything is sent.
 */
import {refuseFindings} from '../../findings.ts';
import type {NormalRequest, RunRequest} from '../../model.ts';
import {describeSpecMistakes} from '../nvidia/spec-findings.ts';
import {sceneOf, sourceName} from '../../source.ts';
import {isAutomatic, readAsked, type Asked} from './asked.ts';
import {isHint} from './hints.ts';
import {isMultiview, multiviewSpec, tableOf} from './multiview.ts';
import {SEG_KEYS, SPEC_KEYS} from './parameters.ts';
import {collectRefs, inputName, readInputs} from '../nvidia/files.ts';
import {idleFlags, pathOf} from '../parameters.ts';
import {mapFiles} from './files.ts';
import {objectOf, onlyKeys, textOf, valueAt, type Json} from '../../json.ts';
import {separateOptions, type LaunchOptions} from './options.ts';
import {controlsOf, findInputMistakes, findOddities, findRuleMistakes} from './rules.ts';
import {settleWeights, weightsOf} from './weights.ts';

const ADAPTER_VERSION = 1;
const HINT =
  'Nothing was started. Correct it and run the command again. Paths of a spec start at its folder, or at --set root=FOLDER.';

/** @throws CosmosError input.invalid, file.unreadable */
export async function normalise(request: RunRequest): Promise<NormalRequest> {
  const {validate} = await import('../validators/transfer1.gen.ts');
  const findings: string[] = [];
  const asked = readAsked(request, findings);
  const table = tableOf(asked.spec);
  const {spec: weighted, options, ...said} = separateOptions(asked.spec, table);
  const {spec, dropped} = settleWeights(weighted);
  findings.push(
    ...idleFlags(table, request.flags, (control) => isHint(control) && isAutomatic(spec, control)),
    ...said.findings,
    ...describeSpecMistakes(validate, spec),
    ...findRuleMistakes(spec, options),
  );
  const refs = collectRefs((place) => mapFiles(spec, place));
  const inputs = await readInputs(refs, asked, findings);
  findings.push(...findInputMistakes(spec, options, inputs));
  refuseFindings(sourceName(request.source), Array.from(new Set(findings)), HINT);
  return {
    kind: 'transfer',
    model: {family: 'transfer1', adapterVersion: ADAPTER_VERSION},
    scene: sceneOf(request.source),
    prompt: promptOf(spec),
    parameters: parametersOf(spec, options),
    makeSpec: (inputFolder) => {
      const placed = mapFiles(spec, (ref) => `${inputFolder}/${inputName(ref)}`);
      return isMultiview(spec) ? multiviewSpec(placed) : placed;
    },
    inputs,
    warnings: [
      ...said.warnings,
      ...droppedWarnings(dropped, request, asked),
      ...findOddities(spec, options, {asked, inputs}),
    ],
  };
}

function promptOf(spec: Json): NormalRequest['prompt'] {
  const text = textOf(spec['prompt']);
  return text === undefined ? null : {text, negative: textOf(spec['negative_prompt']) ?? null};
}

/** Under the names that --weights and --set take; a map by its place in the spec, as the input that it is, wherever it lay. */
function parametersOf(spec: Json, options: LaunchOptions): Json {
  const keys = isMultiview(spec) ? tableOf(spec).parameters.map(({key}) => key) : SPEC_KEYS;
  const ofSeg = SEG_KEYS.map((key): [string, unknown] => [key, valueAt(spec, pathOf(key))]);
  const named = mapFiles(spec, inputName);
  const maps = controlsOf(spec).flatMap((hint): [string, string][] => {
    const map = textOf(objectOf(named[hint])['control_weight']);
    return map === undefined ? [] : [[`${hint}.control_weight`, map]];
  });
  return {
    weights: weightsOf(spec),
    ...Object.fromEntries(maps),
    ...onlyKeys(
      mapFiles(spec, (ref) => `inputs/${inputName(ref)}`),
      (key) => keys.includes(key),
    ),
    ...Object.fromEntries(ofSeg.filter(([, value]) => value !== undefined)),
    ...options.parameters,
  };
}

/** A weight of 0 on the command line is a wish; in a file it may be a mistake. */
function droppedWarnings(dropped: readonly string[], {weights}: RunRequest, {given}: Asked): string[] {
  return dropped
    .filter((hint) => weights[hint] === undefined && given[hint] !== undefined)
    .map((hint) => `${hint} has weight 0 and was left out`);
}
