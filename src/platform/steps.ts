/** Work in named steps, one after another, and how long each took. */

export type Steps<Work> = Readonly<Record<string, (work: Work) => Promise<unknown>>>;

/** Milliseconds by the name of the step. */
export type StepTimes = Record<string, number>;

export async function runSteps<Work>(steps: Steps<Work>, work: Work): Promise<StepTimes> {
  const times: StepTimes = {};
  for (const [name, step] of Object.entries(steps)) {
    const started = performance.now();
    await step(work);
    times[name] = Math.round(performance.now() - started);
  }
  return times;
}
