/** Looks at a sample that several families share: videos that do not fit each other, weights that are scaled. */
import {findDisagreements, type Pass, type Scene} from '../../scene.ts';
import {objectOf} from '../../json.ts';
import type {ModelInput} from '../../model.ts';
import type {Sample} from './sample.ts';

/** Frame counts, sizes and rates that differ from those of the first video. */
export function findUnlike(inputs: readonly ModelInput[]): string[] {
  const passes = inputs.flatMap(({role, content, media}): [string, Pass][] =>
    media && 'path' in content ? [[role, {path: content.path, media}]] : [],
  );
  const [first, ...others] = passes;
  if (!first) return [];
  const [name, reference] = first;
  const compared = Object.fromEntries([...others, ['color', reference]]) as Scene['passes'];
  return findDisagreements(compared).map((finding) =>
    name === 'color' ? finding : finding.replace(', color ', `, ${name} `),
  );
}

export function sumNote(title: string, {spec, controls}: Sample, weight: string): string[] {
  const sum = controls.reduce((total, {key}) => total + Number(objectOf(spec[key])[weight] ?? 1), 0);
  return controls.length > 1 && sum > 1
    ? [`the weights sum to ${Number(sum.toFixed(4))}; ${title} scales them to sum to 1`]
    : [];
}
