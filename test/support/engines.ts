/** The engines of this machine, for suites that hold for each of them. */
import {hasDocker, startDocker} from './docker.ts';
import type {Engine} from './engine.ts';
import {hasPodman, startPodman} from './podman.ts';

const ENGINES = [
  {name: 'docker', isThere: hasDocker, start: startDocker},
  {name: 'podman', isThere: hasPodman, start: startPodman},
] as const;

type OnEach = (act: (engine: Engine, index: number) => Promise<void>) => Promise<void>;

/**
 * For a describe: starts every engine of this machine, and runs a test with all of them at once, because most of it is
 * waiting. What fails names its engine.
 */
export function withEachEngine(): OnEach {
  const engines: Engine[] = [];
  before(async function () {
    for (const {isThere, start} of ENGINES) if (isThere()) engines.push(await start());
    if (engines.length === 0) this.skip();
  });
  after(async () => {
    for (const engine of engines) await engine.stop();
  });
  for (const {name, isThere} of ENGINES)
    it(`has ${name} to be tried with`, function () {
      if (!isThere()) this.skip();
    });
  return async (act) => {
    const results = await Promise.allSettled(engines.map(act));
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue;
      const error = result.reason instanceof Error ? result.reason : new Error(String(result.reason));
      error.message = `with ${engines[index]?.name ?? ''}: ${error.message}`;
      throw error;
    }
  };
}
