/** The two programs of this launcher, as files that Node can start: `.js` in a build, `.ts` when run from source. */
import {createRequire} from 'node:module';
import {extname} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

/** Arguments for Node itself and the program's path. */
export function nodeArguments(program: 'supervisor' | 'wrapper'): string[] {
  const url = new URL(`./${program}${extname(import.meta.url)}`, import.meta.url);
  return [...inheritedOptions(process.execArgv), fileURLToPath(url)];
}

/**
 * Node's options of this process without the debugger's, whose port is taken. A loader given by a bare name
 * (`--import=tsx`) is resolved here, because the program runs in another folder.
 */
export function inheritedOptions(options: readonly string[]): string[] {
  return options
    .filter((option) => !option.startsWith('--inspect'))
    .map((option, index, all) => {
      if (all[index - 1] === '--import') return resolveLoader(option);
      const name = /^--import=(.+)$/.exec(option)?.[1];
      return name === undefined ? option : `--import=${resolveLoader(name)}`;
    });
}

function resolveLoader(name: string): string {
  return /^(\.|\/|[a-z]+:)/i.test(name)
    ? name
    : pathToFileURL(createRequire(import.meta.url).resolve(name)).href;
}
