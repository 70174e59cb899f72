/** How a job of several is judged as a whole: it did what it had to when it ended by itself. Each member judges its own part. */
import type {EndedModel} from '../model.ts';

export function asLoad(model: EndedModel): EndedModel {
  const {classify} = model;
  return {
    ...model,
    checkOutputs: () => Promise.resolve([]),
    classify: (end) => (end.exit.reason === 'exit' && end.exit.rc === 0 ? null : classify(end)),
  };
}
