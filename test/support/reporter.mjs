/**
 * Mocha's spec reporter, and two things more: with CI=true a skipped test fails the run unless test/allowed-skips.json
 * names it (or its file, for the systems where that cannot run) with a reason, and with TEST_COUNTS=FILE the counts are written there as JSON.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import Mocha from 'mocha';

const ALLOWED = new URL('../allowed-skips.json', import.meta.url);

/** A reporter that counts, made of one that prints. */
export function countedReporter(Base) {
  return class extends Base {
    #skipped = [];

    constructor(runner, options) {
      super(runner, options);
      runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test) => this.#skipped.push(test));
    }

    done(failures, end) {
      const allowed = JSON.parse(readFileSync(ALLOWED, 'utf8'));
      const isAllowed = (test) => allowed.some((entry) => allows(entry, test));
      const refused = process.env.CI === 'true' ? this.#skipped.filter((test) => !isAllowed(test)) : [];
      for (const test of refused)
        console.error(`skipped in CI, and not in test/allowed-skips.json: ${test.fullTitle()}`);
      const counts = {
        passed: this.stats.passes,
        failed: failures + refused.length,
        skipped: this.stats.pending - refused.length,
      };
      if (process.env.TEST_COUNTS) writeFileSync(process.env.TEST_COUNTS, JSON.stringify(counts));
      end(counts.failed);
    }
  };
}

/** By title; or by the beginning of the file's path, on some systems only. */
function allows({title, files, systems}, test) {
  if (title !== undefined) return title === test.fullTitle();
  const path = (test.file ?? '').replaceAll('\\', '/');
  return systems.includes(process.platform) && path.includes(`/${files}`);
}

export default countedReporter(Mocha.reporters.Spec);
