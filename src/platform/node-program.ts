/** Programs of cosmos itself that run as processes of their own: `.js` in a build, `.ts` when run from source. */
import {createRequire} from 'node:module';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {moduleFile} from '../root.ts';

/**
 * Arguments that make Node run a module as a program.
 * @param name as in `moduleFile`
 */
export function nodeProgram(name: string): string[] {
  return [...inheritedOptions(process.execArgv), fileURLToPath(moduleFile(name))];
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
