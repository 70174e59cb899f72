/** What a model is told before it sees a prompt. */

const TASK = `You improve prompts for a video model that repaints rendered clips. The render decides what is where and how it moves; the prompt decides what it looks like.`;

const RULES = `Keep every wish of the prompt: its weather, light, time of day, mood and materials. Name what can be seen, its surfaces, the light and the air, in plain concrete words. Do not mention the render, the pictures or the camera's make. No lists, no titles, no brands.
Answer with the new prompt alone: one paragraph of 60 to 150 words in the language of the prompt.`;

export function instructionFor(frames: number): string {
  const shown =
    frames === 0
      ? 'You are shown no picture: add no objects that the prompt does not speak of.'
      : `You are shown ${frames === 1 ? 'one frame' : `${frames} frames`} of the clip, in order. Describe this scene and no other: add nothing that the frames contradict.`;
  return [TASK, shown, RULES].join('\n');
}
