/**
 * The preview as a job: `node program.js SPEC.json OUTPUT_DIR`. Paths in the spec are relative to the working directory,
 * which is the job's folder. Prints progress on stdout and, when it fails, one line on stderr; exit code 0 or 1.
 */
import {mkdir, readFile} from 'node:fs/promises';
import {CosmosError} from '../../../errors.ts';
import {runPreview} from './preview.ts';
import {formatEnd, formatError, formatFrame, PREVIEW_NOTICE} from './progress.ts';
import {parsePreviewSpec} from './spec.ts';

/** Often enough to look alive, seldom enough to keep the log short. */
const REPORT_EVERY_MS = 250;

async function main([specPath, outputDir]: string[]): Promise<void> {
  if (specPath === undefined || outputDir === undefined) {
    throw new CosmosError('usage.invalid', 'expected SPEC.json and OUTPUT_DIR');
  }
  print(PREVIEW_NOTICE);
  const spec = parsePreviewSpec(await readFile(specPath, 'utf8'));
  await mkdir(outputDir, {recursive: true});
  const started = performance.now();
  const {frames} = await runPreview({spec, outputDir, onFrame: makeReporter()});
  print(formatEnd(frames, (performance.now() - started) / 1000));
}

/** Prints at most every 250 ms, and always the last frame. */
function makeReporter(): (done: number, total: number) => void {
  let reported = -Infinity;
  return (done, total) => {
    const now = performance.now();
    if (done < total && now - reported < REPORT_EVERY_MS) return;
    reported = now;
    print(formatFrame(done, total));
  };
}

/** Pipes and files are written at once on POSIX, so a line is in the log when this returns. */
function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function describe(error: unknown): string {
  if (error instanceof CosmosError && error.hint !== undefined) return `${error.message}. ${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${formatError(describe(error))}\n`);
  process.exitCode = 1;
}
