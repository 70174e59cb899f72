/** What cosmos-transfer1 does with one portion of videos: controls, guardrails, clips. */
import {copyFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {findBlocked} from '../shared/failures.mjs';
import {Stop, Uncaught} from '../shared/python.mjs';
import {EPILOGUE} from './failures.mjs';

const FRAMES_OF_CLIP = 121;
const PREPROCESSORS = {
  seg: "SAM using prompt='…'",
  depth: 'DepthAnythingModel',
  vis: 'VisControlModel',
  edge: 'EdgeControlModel',
  keypoint: 'Openpose',
};

/** Controls that are not given are computed, once by every rank. */
export async function preprocess(program, {controls, video, folder, ranks, regions = [], item}) {
  program.log('running preprocessor');
  await program.reached('controls', item);
  for (const [hint, control] of Object.entries(controls)) {
    const model = PREPROCESSORS[hint];
    for (let rank = 0; rank < ranks; rank += 1)
      if (hint === 'seg' && control.control_weight_prompt)
        for (const ending of ['pt', 'mp4'])
          copyFileSync(video, join(folder, `seg_control_weight_${rank}.${ending}`));
    if (control.input_control) continue;
    if (!model && hint !== 'upscale') throw new Uncaught(`ValueError: Failed to load video frames from None`);
    if (!model) continue;
    program.log(`no input_control provided for ${hint}. generating input control video with ${model}`);
    for (let rank = 0; rank < ranks; rank += 1) {
      const to = join(folder, `${hint}_input_control_${rank}.mp4`);
      copyFileSync(video, to);
      if (hint === 'vis' || hint === 'edge')
        program.log(`Successfully saved ${hint} control video to: ${to}`);
    }
  }
  for (const [index, {mask_prompt: words}] of regions.entries())
    for (let rank = 0; rank < ranks && words !== undefined; rank += 1)
      for (const ending of ['pt', 'mp4'])
        copyFileSync(video, join(folder, `regional_context_r${rank}_${index}.${ending}`));
}

/** The jobs whose prompts may be used. @throws Uncaught when none may, which ends the whole process */
export function checkPrompts(program, jobs) {
  program.log('Running guardrail checks on all prompts');
  const isGood = jobs.map(({prompt, item}, index) => {
    if (typeof prompt !== 'string')
      throw new Uncaught("AttributeError: 'NoneType' object has no attribute 'strip'");
    if (program.shall('guardrail-silent', item)) {
      program.log(`Input text prompt ${index + 1} is not safe`, {level: 'CRITICAL'});
      throw new Stop(0);
    }
    const reason =
      prompt.trim() === ''
        ? 'GUARDRAIL BLOCKED: Input is empty'
        : findBlocked(program.shall('guardrail', item) ? 'a lifeless street' : prompt);
    if (reason === undefined) return true;
    program.log(reason, {level: 'CRITICAL'});
    program.log(`Input text prompt ${index + 1} is not safe`, {level: 'CRITICAL'});
    return false;
  });
  return blockUnless(
    program,
    jobs.filter((_, index) => isGood[index]),
    'All prompts failed safety checks',
  );
}

export function checkVideos(program, jobs) {
  program.log('Run guardrail on generated videos');
  const good = jobs.filter(({item}, index) => {
    if (!program.shall('guardrail-video', item)) return true;
    program.log('GUARDRAIL BLOCKED: VIDEOCONTENTSAFETYFILTER: unsafe frames', {level: 'CRITICAL'});
    program.log(`Generated video ${index + 1} is not safe`, {level: 'CRITICAL'});
    return false;
  });
  return blockUnless(program, good, 'All generated videos failed safety checks');
}

function blockUnless(program, good, message) {
  if (good.length > 0) return good;
  program.log(message, {level: 'CRITICAL'});
  program.log('Guardrail blocked generation for entire batch.', {level: 'CRITICAL'});
  throw new Uncaught(EPILOGUE);
}

/** One bar for each portion and rank; it counts clips. */
export async function sampleClips(program, {frames, ranks, item, length = FRAMES_OF_CLIP, overlap = 1}) {
  program.log('Run generation');
  program.log('Starting data augmentation');
  await program.reached('generate', item);
  program.log(`Making all control and input videos to be length of ${frames} frames.`);
  program.log('Completed data augmentation');
  const clips = Math.max(1, Math.ceil((frames - overlap) / (length - overlap)));
  const show = (done) => {
    for (let rank = 0; rank < ranks; rank += 1) program.bar('', done, clips);
  };
  show(0);
  for (let clip = 1; clip <= clips; clip += 1) {
    for (const phase of ['latent encoding', 'diffusion sampling', 'VAE decode']) {
      program.log(`Starting ${phase}`);
      if (phase === 'diffusion sampling') {
        await program.reached('sample', item);
        await program.pause();
      }
      program.log(`Completed ${phase}`);
    }
    show(clip);
  }
  program.log('Finish generation');
}

export function embedPrompts(program) {
  for (const message of [
    'Running text embedding on all prompts',
    'Starting T5 compute',
    'Completed T5 compute',
  ])
    program.log(message);
  program.log('Finish text embedding on prompt');
}

/** The result and the prompt that it was made of. */
export async function saveVideo(program, {from, to, promptFile, prompt, item}) {
  await program.save(from, to, item);
  if (program.shall('no-output', item)) throw new Stop(0);
  program.log(`Saved video to ${to}`);
  writeFileSync(promptFile, prompt);
  program.log(`Saved prompt to ${promptFile}`);
}
