/** Programs of cosmos itself that run as processes of their own: `.js` in a build, `.ts` when run from source. */
import {createRequire} from 'node:module';
import {extname} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

/**
 * Arguments that make Node run a program beside the calling module.
 * @param name file name without ending; `base` is the caller's import.meta.url
 */
export function nodeProgram(name: string, base: string): string[] {
  const url = new URL(`./${name}${extname(base)}`, base);
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
