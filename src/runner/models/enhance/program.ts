/**
 * An enhancement by an endpoint as a job: `node program.js SPEC.json OUTPUT_DIR`. Writes the text into enhanced.txt, and into answer.json what
 * the endpoint says of it. Prints what it does on stdout and, when it fails, one line on stderr; exit code 0 or 1.
 */
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {CosmosError} from '../../../errors.ts';
import {ask} from './ask.ts';
import {formatAnswered, formatAsking, formatError} from './log.ts';
import {parseEnhanceSpec} from './spec.ts';

async function main([specPath, outputDir]: string[]): Promise<void> {
  if (specPath === undefined || outputDir === undefined)
    throw new CosmosError('usage.invalid', 'expected SPEC.json and OUTPUT_DIR');
  const spec = parseEnhanceSpec(await readFile(specPath, 'utf8'));
  const key = keyOf(spec.key_env);
  const images = await Promise.all(spec.images.map((path) => readFile(path)));
  await mkdir(outputDir, {recursive: true});
  print(formatAsking(spec.model, new URL(spec.endpoint).host, images.length));
  const started = performance.now();
  const {text, facts} = await ask(spec, {images, key, onLine: print});
  await writeFile(join(outputDir, 'answer.json'), `${JSON.stringify(facts, null, 2)}\n`);
  await writeFile(join(outputDir, 'enhanced.txt'), `${text}\n`);
  print(formatAnswered(text.length, (performance.now() - started) / 1000));
}

/** Whoever carries a run on may have another environment than who started it. */
function keyOf(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const key = process.env[name];
  if (key !== undefined && key !== '') return key;
  throw new CosmosError('usage.invalid', `the key is missing: the variable ${name} is not set`);
}

/** Pipes and files are written at once on POSIX, so a line is in the log when this returns. */
function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${formatError(error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = 1;
}
