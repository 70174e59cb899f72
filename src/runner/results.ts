/** From what came home to the members of the run's document that speak of it. */
import type {RunDocument} from '../manifest/types.gen.ts';
import type {Collected} from './collect.ts';
import {withImage} from './container-facts.ts';
import type {ExitRecord} from './job.ts';
import type {Outcome} from './outcome.ts';
import type {Target} from './target.ts';
import {phaseTimes} from './transitions.ts';

/** What the document learns of the job when it is at home. */
export function resultsOf(
  {run, target}: {run: RunDocument; target: Target},
  outcome: Outcome,
  collected: Collected,
): Partial<RunDocument> {
  const {exit, log, outputs, remarks, refused, altered, container} = collected;
  const primary = run.plan?.primaryOutput;
  const cost = exit && costOf(target, exit);
  const isPrimaryThere = outcome.to === 'completed' && outputs.some(({name}) => name === primary);
  return {
    outputs: outcome.to === 'completed' ? outputs : outputs.map((output) => ({...output, isPartial: true})),
    log,
    ...(remarks.length > 0 && {remarks}),
    failure: outcome.failure,
    model: withImage(run.model, container),
    ...(cost && {cost}),
    primaryOutput: isPrimaryThere && primary !== undefined ? primary : null,
    execution: {
      ...run.execution,
      ...(exit && factsOf(exit)),
      ...(container.container !== undefined && {container: container.container}),
      phaseMs: {...phaseTimes(run), ...(exit && runningTime(exit))},
      ...(refused.length > 0 && {refused}),
      ...(altered.length > 0 && {altered}),
    },
  };
}

function factsOf(exit: ExitRecord): Partial<RunDocument['execution']> {
  const {rc, signal, startedAt, endedAt, longestSilenceMs} = exit;
  const facts = {exitCode: rc, signal, startedAt, endedAt};
  return typeof longestSilenceMs === 'number' ? {...facts, longestSilenceMs} : facts;
}

/** What the machine cost while the job ran; nobody knows what else it was rented for. */
function costOf({price}: Target, exit: ExitRecord): RunDocument['cost'] {
  const hours = (runningTime(exit).running ?? 0) / 3_600_000;
  if (!price || hours === 0) return undefined;
  const amount = Math.round(hours * price.perHour * 1_000_000) / 1_000_000;
  return {amount, currency: price.currency, pricePerHour: price.perHour};
}

/** From the supervisor's own record: the transition out of `running` comes only when somebody looks. */
function runningTime({startedAt, endedAt}: ExitRecord): {running?: number} {
  return startedAt === null ? {} : {running: Math.max(0, Date.parse(endedAt) - Date.parse(startedAt))};
}
