/** Several views of cosmos-transfer2.5: the checks, files and lines of cosmos_transfer2/multiview.py. */
import {join} from 'node:path';
import {readInput} from '../shared/media.mjs';
import {Uncaught} from '../shared/python.mjs';
import {checkSeed, passesText, passesVideo, writeArguments} from './generate.mjs';
import {activeViews} from './multiview-rules.mjs';

/** @returns {Promise<object[] | null>} the files that were read; null for a sample that was blocked before it began */
export async function generateViews(program, job) {
  const {sample, folder, item, nproc} = job;
  const stem = join(folder, sample.name);
  const views = activeViews(sample);
  if (nproc < views.length)
    throw new Uncaught(
      `AssertionError: ${views.length} views need at least ${views.length} GPUs, got ${nproc}`,
    );
  writeArguments(program, stem, sample);
  if (!(await passesText(program, {...job, sample: {...sample, negative_prompt: null}}))) {
    if (program.shall('guardrail-hang', item)) await program.hang();
    return null;
  }
  const inputs = [
    ...(sample.prompt_path ? [readInput('prompt_path', sample.prompt_path)] : []),
    ...views.flatMap((view) =>
      ['input_path', 'control_path']
        .filter((key) => sample[view][key])
        .map((key) => readInput(`${view}.${key}`, sample[view][key])),
    ),
  ];
  checkSeed(sample.seed);
  await program.reached('controls', item);
  program.log(
    sample.enable_autoregressive
      ? '------ Generating video with autoregressive mode ------'
      : '------ Generating video ------',
  );
  for (let chunk = 0; chunk < (sample.enable_autoregressive ? sample.num_chunks : 1); chunk += 1) {
    await program.reached('sample', item);
    await program.steps('Generating samples', sample.num_steps, nproc);
  }
  if (!(await passesVideo(program, job))) {
    program.log('Guardrail blocked generation. Video', {level: 'CRITICAL'});
    return inputs;
  }
  await saveViews(program, {sample, stem, views, item});
  return inputs;
}

async function saveViews(program, {sample, stem, views, item}) {
  const controls = views.map((view) => sample[view].control_path);
  if (sample.save_combined_views) {
    await program.save(controls[0], `${stem}.mp4`, item);
    if (!program.shall('no-output', item))
      program.log(`Generated video saved to ${stem}.mp4`, {level: 'SUCCESS'});
    return;
  }
  const saved = [];
  for (const [index, view] of views.entries()) {
    await program.save(controls[index], `${stem}_${view}.mp4`, item);
    saved.push(`${stem}_${view}.mp4`);
  }
  await program.save(controls[0], `${stem}_grid.mp4`, item);
  saved.push(`${stem}_grid.mp4 (${views.length} views in 3x3 grid)`);
  program.log(`Generated videos saved to:\n${saved.join('\n')}\n`, {level: 'SUCCESS'});
}
