/** The thread behind Crew: renders the frames that it is sent, one after the other. Buffers are moved, not copied. */
import {parentPort, workerData} from 'node:worker_threads';
import {Renderer} from './render.ts';
import type {RenderInput, RenderPlan} from './render.ts';

const renderer = new Renderer(workerData as RenderPlan);

parentPort?.on('message', (input: RenderInput) => {
  const result = renderer.render(input);
  const moved = [result.output, ...Object.values(result.computed)].map((picture) => picture.buffer);
  parentPort?.postMessage(result, moved);
});
