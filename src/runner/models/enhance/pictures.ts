/** What a model is shown of a scene: pictures for an endpoint, a short clip for NVIDIA's upsampler, made small enough for it. */
import {basename} from 'node:path';
import {findingOf, findUnreadable} from '../../findings.ts';
import {textOf} from '../../json.ts';
import type {ModelInput} from '../../model.ts';
import {placeOfPass} from '../../scene.ts';
import {isScene, placeIn, type RunSource, type SpecSource} from '../../source.ts';

export interface Pictures {
  inputs: ModelInput[];
  /** Which frames of the clip they are; of pictures that an earlier run has had nobody knows it any more. */
  indexes?: number[];
}

export interface PictureOptions {
  count: number;
  longest: number;
  findings: string[];
}

/** The colour pass, as it lies here; undefined where there is none. */
function clipOf(source: RunSource): string | undefined {
  if (isScene(source)) return source.scene.passes.color && placeOfPass(source.scene.passes.color);
  const path = textOf(source.spec['input_video_path']);
  return path === undefined ? undefined : placeIn(source, path);
}

/** PNG files; those of an earlier run as they were. */
export async function stillsOf(source: RunSource, options: PictureOptions): Promise<Pictures> {
  const given = isScene(source) ? undefined : source.spec['images'];
  if (!isScene(source) && Array.isArray(given)) return givenFiles(source, given, options.findings);
  const clip = clipOf(source);
  if (clip === undefined) return {inputs: []};
  const stills = await findingOf(options.findings, async () => {
    const {takeStills} = await import('../../../media/stills.ts');
    return takeStills(clip, options);
  });
  const inputs = (stills ?? []).map(({index, png}) => ({
    ...picture(`frame_${String(index).padStart(4, '0')}.png`),
    content: {bytes: png},
  }));
  return {inputs, indexes: (stills ?? []).map(({index}) => index)};
}

/** The first and the last frame in one MP4 file. */
export async function endsOf(source: RunSource, options: PictureOptions): Promise<Pictures> {
  const given = isScene(source) ? undefined : textOf(source.spec['video']);
  if (!isScene(source) && given !== undefined) return givenFiles(source, [given], options.findings);
  const clip = clipOf(source);
  if (clip === undefined) return {inputs: []};
  const ends = await findingOf(options.findings, async () => {
    const {takeEnds} = await import('../../../media/stills.ts');
    return takeEnds(clip, options.longest);
  });
  if (!ends) return {inputs: []};
  return {inputs: [{...picture('frames.mp4'), content: {bytes: ends.mp4}}], indexes: ends.indexes};
}

async function givenFiles(
  source: SpecSource,
  files: readonly unknown[],
  findings: string[],
): Promise<Pictures> {
  const inputs: ModelInput[] = [];
  for (const file of files) {
    const path = placeIn(source, String(file));
    const reason = await findUnreadable(path);
    if (reason === undefined) inputs.push({...picture(basename(String(file))), content: {path}});
    else findings.push(`${path} ${reason}`);
  }
  return {inputs};
}

function picture(name: string): Pick<ModelInput, 'name' | 'role' | 'mediaType'> {
  return {name, role: 'frames', mediaType: name.endsWith('.mp4') ? 'video/mp4' : 'image/png'};
}
